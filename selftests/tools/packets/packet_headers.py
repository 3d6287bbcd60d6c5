# SPDX-License-Identifier: GPL-2.0-only
"""The cases of packet_headers.sh: sends packets with all kinds of IP headers and judges what
arrives.

Usage: packet_headers.py [bridges|no-bridges]   what bridges pass on, which are on relay and balancer; or
                                                are not, as there is no br_netfilter
"""
import itertools
import sys

import pkt
from pkt import TCP, UDP, SCTP, Packet
from rig import RELAY, VIP, Drops, Flow, Rig, only, result, skip

NOP, END, LSRR, SSRR, OTHER = b"\1", b"\0", b"\x83\7\4\xc0\0\2\1", b"\x89\7\4\xc0\0\2\1", 0x9E
OTHER_VIP = {4: "203.0.113.81", 6: "2001:db8:f::81"}
rig = Rig("c2")


def ways(flow):
    """(name, maker, host and device to send from, where it arrives, its checker)."""
    return (("request", flow.request, ("c1", "eth0"), "s1", flow.at_server),
            ("reply", flow.reply, ("s1", "eth0"), "c1", flow.at_client))


def carried(flow, fields):
    """Problems with packets that have @fields in their IP headers, each of them both ways."""
    problems = []
    with Drops(rig, problems):
        for way, make, sender, to, check in ways(flow):
            sent = [Packet(make(b"payload %d" % n, **one)) for n, one in enumerate(fields)]
            heard = rig.run([sender + (p.raw,) for p in sent])[to]
            if len(heard) != len(sent):
                problems.append("%s: %d of %d arrived" % (way, len(heard), len(sent)))
            for before, after in zip(sent, heard):
                mine = check(after)
                if after.sum_error:
                    mine.append("%s: checksum off by %#x" % (after, after.sum_error))
                mine += kept(before, after)
                problems += ["%s: %s" % (way, p) for p in mine]
    return problems


def kept(before, after):
    """All of the IP header but addresses, TTL and checksum is as it was, and the payload, too."""
    problems = []
    for name in ("tos", "ident", "df", "flow", "exts", "payload"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            problems.append("%s: %s is %r, not %r" % (after, name, new, old))
    # the kernel clears what is behind the end of options
    end = before.options.find(END) if before.options[:1] == END else len(before.options)
    if after.options[:end] != before.options[:end] or len(after.options) != len(before.options):
        problems.append("%s: options %s, not %s" % (
            after, after.options.hex(), before.options.hex()))
    if after.ttl != before.ttl - 3:
        problems.append("%s: TTL %d after three hops, not %d" % (after, after.ttl, before.ttl - 3))
    return problems


# The relay looks at what a client sends; what a server sends, the balancer does.
PLACES = (("c1", "eth0"), ("s1", "eth0"), ("r", "b1l1"))


def refused(flow, text, why, fields, at_relay=1):
    """Packets with @fields are dropped for @why: @at_relay times @fields by the relay, else by
    the balancer."""
    problems = []
    n = len(fields)
    drops = {"r": {why: at_relay * n}, "b1": {why: (3 - at_relay) * n}}
    with Drops(rig, problems, **drops):
        for host, dev in PLACES:
            make = flow.reply if host == "s1" else flow.request
            heard = rig.run([(host, dev, make(b"no", **one)) for one in fields])
            problems += ["from %s: %s arrived" % (host, p) for end in heard for p in heard[end]]
    result("%s: %s" % (flow, text), problems)


def options(flow):
    fields = [{"options": NOP * (4 * n)} for n in range(1, 11)]
    fields += [{"options": bytes([OTHER, size]) + bytes(size - 2)} for size in range(2, 41)]
    # behind the end of the options, nothing is an option
    fields += [{"options": END + LSRR}, {"options": b"\x94\4\0\0"}]
    result("%s: options of 4 to 40 bytes are carried, both ways (%d kinds)" % (flow, len(fields)),
           carried(flow, fields))


def source_routes(flow):
    refused(flow, "a source route, loose or strict, anywhere, is dropped and counted",
            "source-route", [{"options": before + route} for before, route in itertools.product(
                (b"", NOP, NOP * 3, bytes([OTHER, 5, 1, 2, 3])), (LSRR, SSRR))])
    refused(flow, "options without end are dropped and counted", "short",
            [{"options": bytes([OTHER, 0]) + NOP * 2}, {"options": NOP * 3 + bytes([OTHER])},
             {"options": bytes([OTHER, 1]) + NOP * 2}])


def chain(n, size=8):
    """@n extension headers."""
    return [(pkt.HOPOPTS, pkt.ext_options(size))] + [(pkt.DSTOPTS, pkt.ext_options(size))] * (n - 1)


def extensions(flow):
    fields = [{"ext": chain(n)} for n in range(1, 9)]
    fields += [{"ext": [(pkt.DSTOPTS, pkt.ext_options(size))]} for size in (16, 248, 1024)]
    fields += [{"ext": [(pkt.ROUTING, pkt.ext_routing(0))]},
               {"ext": [(pkt.DSTOPTS, pkt.ext_options()), (pkt.ROUTING, pkt.ext_routing(0, 2))]}]
    result("%s: up to 8 extension headers are carried, both ways (%d kinds)" % (flow, len(fields)),
           carried(flow, fields))


def extensions_refused(flow):
    refused(flow, "9 and more extension headers are dropped and counted", "ext-header",
            [{"ext": chain(n)} for n in (9, 10, 20)])
    refused(flow, "a routing header with segments left is dropped and counted", "source-route",
            [{"ext": before + [(pkt.ROUTING, pkt.ext_routing(left, kind))]}
             for before, left, kind in itertools.product(([], chain(3)), (1, 255), (0, 2, 4))])
    # which cover addresses that would be changed
    refused(flow, "authentication and mobility headers are dropped and counted", "ext-header",
            [{"ext": before + [(kind, bytes([2 if kind == pkt.AH else 1]) + bytes(14))]}
             for before, kind in itertools.product(([], chain(2)), (pkt.AH, pkt.MOBILITY))])


def all_kept(flow):
    fields = [{"tos": tos} for tos in (1, 2, 3, 0xB8, 0xFF)]
    if flow.v == 4:
        fields += [{"ident": ident, "df": df} for ident in (0, 1, 0xFFFF) for df in (False, True)]
        text = "DSCP, ECN, identifier and DF"
    else:
        fields += [{"flow": label} for label in (1, 0x12345, 0xFFFFF)]
        text = "traffic class and flow label"
    fields += [{"ttl": ttl} for ttl in (4, 128, 255)]
    result("%s: %s are kept, both ways" % (flow, text), carried(flow, fields))


def each_hop(flow):
    """The relay, the balancer and the relay again: each takes one; and the links are two."""
    problems = []
    rig.hear("r")
    far, near = "b1l%d" % flow.ret, "b1l%d" % flow.ingress
    for raw, sender, path in (
            (flow.request(b"hops"), ("c1", "eth0"), ("c1", near, far, "s1")),
            (flow.reply(b"hops"), ("s1", "eth0"), ("s1", far, near, "c1"))):
        got = [(p.dev, p.out, p.ttl) for p in rig.run([sender + (raw,)])["r"]]
        want = list(zip(path, (False, True, False, True), (64, 63, 62, 61)))
        if got != want:
            problems.append("at the relay %s, not %s" % (got, want))
    rig.hear("r", False)
    result("%s: relay, balancer and relay take one hop each, in over one link, out over the other"
           % flow, problems)


def stray(v):
    """One packet of a flow goes astray, and ends at the balancer: replies still go where the other
    requests come from."""
    flow = Flow(rig, UDP, v, 4304).open()
    near, far = "b1l%d" % flow.ingress, "b1l%d" % flow.ret
    both = (("c1", "eth0", flow.request(b"to and")), ("s1", "eth0", flow.reply(b"fro")))
    problems = []
    rig.run(both)
    with Drops(rig, problems, b1={"ttl": 1}):
        rig.run([("r", far, flow.request(b"astray", ttl=1))])
    rig.hear("r")
    got = [(p.dev, p.out) for p in rig.run(both)["r"]]
    want = [(dev, n % 2 > 0) for n, dev in enumerate(("c1", near, far, "s1", "s1", far, near, "c1"))]
    rig.hear("r", False)
    if got != want:
        problems.append("at the relay %s, not %s" % (got, want))
    result("IPv%d: a request that comes over the other link and is dropped turns no reply" % v, problems)


def judge_exceeded(heard, src, dst, sent):
    """Problems with the one error that should tell the sender; it quotes the packet with TTL 1."""
    packet, problems = only("errors", heard)
    if not packet:
        return problems
    kind = (pkt.ICMP, b"\x0b\0") if packet.v == 4 else (pkt.ICMP6, b"\3\0")
    if (packet.proto, packet.l4[:2]) != kind or (packet.src, packet.dst) != (src, dst):
        problems.append("%s: not time exceeded from %s to %s" % (packet, src, dst))
    elif packet.sum_error or packet.problem:
        problems.append("%s: wrong checksum" % packet)
    else:
        quote = Packet(packet.l4[8:])
        want = Packet(sent)
        if (quote.src, quote.dst, quote.sport, quote.dport) != (
                want.src, want.dst, want.sport, want.dport):
            problems.append("%s quotes %s, not %s" % (packet, quote, want))
    return problems


def probe(flow):
    """As traceroute does; each hop tells the sender, who learns no address but relay's and those
    it uses."""
    hops = (("relay", {"r": {"ttl": 1}}, RELAY[flow.v], RELAY[flow.v]),
            ("balancer", {"b1": {"ttl": 1}}, flow.vip, flow.local))
    for ttl, (name, drops, to_client, to_server) in enumerate(hops, 1):
        problems = []
        with Drops(rig, problems, **drops):
            raw = flow.request(b"probe", ttl=ttl)
            heard = rig.run([("c1", "eth0", raw)])["c1"]
            problems += judge_exceeded(heard, to_client, flow.client, raw)
        with Drops(rig, problems, **drops):
            raw = flow.reply(b"probe", ttl=ttl)
            heard = rig.run([("s1", "eth0", raw)])["s1"]
            problems += judge_exceeded(heard, to_server, flow.server, raw)
        result("%s: a packet whose TTL ends at the %s is counted, and the sender told by %s" % (
            flow, name, "the relay" if name == "relay" else "the address it was sent to"), problems)
    problems = []
    for raw, host, src, dst in ((flow.request(b"probe", ttl=3), "c1", flow.vip, flow.client),
                                (flow.reply(b"probe", ttl=3), "s1", flow.local, flow.server)):
        heard = rig.run([(host, "eth0", raw)])
        problems += judge_exceeded(heard[host], src, dst, raw)
        problems += ["went astray: %s" % p for p in heard["c2"]]
    result("%s: of a packet whose TTL ends at the relay behind the balancer, the sender is told"
           % flow, problems)


def requests(src, flow):
    """From any host, what begins a flow to the VIP, and what asks for an echo."""
    icmp, kind = (pkt.ICMP, 8) if flow.v == 4 else (pkt.ICMP6, 128)
    ends = src, flow.vip, flow.vport, flow.vport
    return (pkt.ip(src, flow.vip, UDP, pkt.l4(UDP, *ends, b"?")),
            pkt.ip(src, flow.vip, icmp, pkt.icmp(src, flow.vip, kind, 0)))


def martians(v):
    """IPv6 sources that the kernel itself drops before any hook are not counted by the modules."""
    ours = {4: ("127.0.0.1", "0.0.0.0", "224.0.0.1", "239.255.255.255", "255.255.255.255"),
            6: ("::", "fe80::1", "::ffff:198.51.100.11")}[v]
    kernels = {4: (), 6: ("::1", "ff02::1")}[v]
    # the answer to a client that is a VIP would be one more request
    vips = VIP[v], OTHER_VIP[v]
    flow = Flow(rig, UDP, v, 4300).open()
    problems = []
    n, loops = len(ours), 2 * len(vips)
    with Drops(rig, problems, r={"martian": 2 * n + loops}, b1={"martian": n + loops}):
        to_vip = flow.vip, 1, flow.vport
        to_local = flow.local, flow.sport, flow.lport
        for (host, dev), (dst, sport, dport) in zip(PLACES, (to_vip, to_local, to_vip)):
            sends = [(host, dev, pkt.ip(src, dst, UDP, pkt.l4(UDP, src, dst, sport, dport, b"?")))
                     for src in ours + kernels]
            if dst == flow.vip:
                sends += [(host, dev, raw) for src in vips for raw in requests(src, flow)]
            heard = rig.run(sends)
            problems += ["from %s: %s arrived" % (host, p) for end in heard for p in heard[end]]
    result("IPv%d: sources that are no single host, or a VIP, are dropped and counted" % v, problems)


def broadcast(v):
    """Frames to the link's broadcast address: routers do not forward what was sent to all (RFC
    1812, 5.3.4)."""
    flow = Flow(rig, UDP, v, 4301).open()
    problems = []
    with Drops(rig, problems, r={"not-for-us": 2}, b1={"not-for-us": 1}):
        for host, dev in PLACES:
            make = flow.reply if host == "s1" else flow.request
            rig.host(host).send(dev, b"\xff" * 6, make(b"to all"))
            heard = rig.run([])
            problems += ["from %s: %s arrived" % (host, p) for end in heard for p in heard[end]]
    # the relay's packets would be those of a flow that begins
    before = rig.counters["b1"].sessions()
    with Drops(rig, problems, b1={"not-for-us": 1, "martian": 1}):
        new = Flow(rig, UDP, v, 4303).request(b"to all")
        rig.host("r").send("b1l1", b"\xff" * 6, new)
        rig.send("r", "b1l1", requests({4: "127.0.0.1", 6: "fe80::1"}[v], flow)[0])
        rig.run([])
    if rig.counters["b1"].sessions() != before:
        problems.append("they have made sessions: %d" % (rig.counters["b1"].sessions() - before))
    result("IPv%d: packets in broadcast frames are dropped and counted, and begin no session" % v, problems)


def on_bridge(v):
    """As bridged(), but for a device of the relay's that is on top of its bridge, as of VRRP."""
    text = "IPv%d: frames that a bridge hands to a macvlan on it are steered" % v
    if "bridges" not in sys.argv:
        skip(text, "there is no br_netfilter")
        return
    flow = Flow(rig, UDP, v, 4305)
    problems = []
    mac = bytes.fromhex("020000000063")
    with Drops(rig, problems):
        rig.host("c1").send("x", mac, flow.request(b"on top"))
        heard = rig.run([])["s1"]
    packet, more = only("requests at the server", heard)
    if packet and packet.l4[8:] != b"on top":
        more = ["%s: not what was sent" % packet]
    result(text, problems + more)


def bridged(v):
    """Frames that a bridge passes on to another host, which br_netfilter shows to IP's hooks."""
    text = "IPv%d: frames that a bridge passes on to another host are left to it" % v
    if "bridges" not in sys.argv:
        skip(text, "there is no br_netfilter")
        return
    flow = Flow(rig, UDP, v, 4302).open()
    problems = []
    for place, host, dev, to_dev in (("relay", "c1", "x", "x"), ("balancer", "r", "xb1", "xb")):
        for raw in flow.request(b"bridged"), flow.reply(b"bridged"):
            with Drops(rig, problems):
                rig.host(host).send(dev, rig.host("c2").mac(to_dev), raw)
                heard = rig.run([])
            got = [(end, p.dev, p.raw) for end in heard for p in heard[end] if b"bridged" in p.raw]
            if got != [("c2", to_dev, raw)]:
                problems.append("at the %s, %s: %s" % (place, Packet(raw), got))
    result(text, problems)


for family in (4, 6):
    if sys.argv[1:]:
        bridged(family)
        on_bridge(family)
        continue
    flows = [Flow(rig, proto, family, 4000 + proto).open() for proto in (TCP, UDP, SCTP)]
    for one in flows:
        options(one) if family == 4 else extensions(one)
        all_kept(one)
        each_hop(one)
    source_routes(flows[0]) if family == 4 else extensions_refused(flows[0])
    stray(family)
    probe(flows[1])
    probe(flows[0])
    martians(family)
    broadcast(family)
