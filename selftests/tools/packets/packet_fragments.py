# SPDX-License-Identifier: GPL-2.0-only
"""The cases of packet_fragments.sh: sends fragments and judges what becomes of their datagrams."""
import itertools
import random

import pkt
from pkt import TCP, UDP
from rig import CLIENT, SERVER, VIP, Drops, Flow, Rig, result

MTU = 1500
VIP2 = {4: "203.0.113.81", 6: "2001:db8:f::81"}
FAR = {4: "198.18.0.7", 6: "2001:db8:99::7"}
DATA = bytes((i * i >> 3) & 0xFF for i in range(60000))
rig = Rig("s2")
idents = itertools.count(1000)


def parts(raw, size, ident=None):
    """Fragments of @raw in order, each with @size bytes of its payload; of an identifier not
    used before."""
    head = (raw[0] & 15) * 4 if raw[0] >> 4 == 4 else 40
    return pkt.fragment(raw, pkt.cuts(len(raw) - head, size), ident or next(idents))


def judge(flow, heard, payload, largest, check=None):
    """Problems with the fragments that arrived, which should be one datagram of the flow."""
    whole = pkt.join(heard)
    if not whole:
        return ["no whole datagram: %s" % "; ".join(map(str, heard[:6]))]
    problems = (check or flow.at_server)(whole)
    if whole.payload != payload:
        problems.append("%s: altered" % whole)
    if whole.sum_error:
        problems.append("%s: checksum off by %#x" % (whole, whole.sum_error))
    for one in heard:
        if len(one.raw) > min(MTU, largest):
            problems.append("%s: larger than it came" % one)
    return problems


def ways(flow):
    """(name, maker, how to send, where it arrives, checker) for each way that fragments can
    come."""
    by_turns = ("r", rig.links[1]), ("r", rig.links[2])
    return (("from the client", flow.request, lambda n: ("c1", "eth0"), "s1", flow.at_server),
            ("over both links", flow.request, lambda n: by_turns[n % 2], "s1", flow.at_server),
            ("from the server", flow.reply, lambda n: ("s1", "eth0"), "c1", flow.at_client))


def send_cut(flow, arrange, length, size, dropped):
    """For each way, what arrived of a datagram that was cut and then arranged; and the problems
    with drops."""
    problems, ways_heard = [], []
    want = {"r": {}, "b1": {}}
    if dropped:
        want = {"r": {"fragment": dropped}, "b1": {"fragment": 2 * dropped}}
    with Drops(rig, problems, **want):
        for way, make, where, to, check in ways(flow):
            pieces = arrange(parts(make(DATA[:length]), size))
            heard = rig.run([where(n) + (raw,) for n, raw in enumerate(pieces)])
            ways_heard.append((way, heard, to, check, max(map(len, pieces))))
    return ways_heard, problems


def deliver(flow, text, arrange, length=3500, size=1400, dropped=0):
    """A datagram, cut and then arranged, is delivered as it was; @dropped fragments are dropped
    each time."""
    heards, problems = send_cut(flow, arrange, length, size, dropped)
    for way, heard, to, check, largest in heards:
        mine = judge(flow, heard[to], DATA[:length], largest, check)
        mine += ["also arrived: %s" % p for host in heard if host != to for p in heard[host]]
        problems += ["%s: %s" % (way, p) for p in mine]
    result("%s: %s" % (flow, text), problems)


def refuse(flow, text, arrange, length=3500, size=1400, dropped=0):
    """Of a datagram, cut and then arranged, nothing arrives anywhere."""
    heards, problems = send_cut(flow, arrange, length, size, dropped)
    for way, heard, _, _, _ in heards:
        problems += ["%s: arrived: %s" % (way, p) for host in heard for p in heard[host]]
    result("%s: %s" % (flow, text), problems)


def overlap(flow):
    def arrange(pieces):
        raw = pkt.Packet(pieces[0])
        # bytes 1304.. are in the first fragment, too
        data = bytes(200)
        if flow.v == 4:
            extra = pkt.ip4(raw.src, raw.dst, UDP, data, ident=raw.ident, mf=True, off=1304)
        else:
            body = pkt.ext_fragment(1304, 1, raw.ident)
            extra = pkt.ip6(raw.src, raw.dst, UDP, data, ext=[(pkt.FRAGMENT, body)])
        return [pieces[0], extra] + pieces[1:]
    refuse(flow, "fragments that overlap are dropped with their datagram", arrange, dropped=1)


def whole_of(pieces):
    return pkt.join([pkt.Packet(piece) for piece in pieces]).raw


def tiny(v):
    """A first fragment without the whole TCP header, and one that is no multiple of 8 bytes."""
    def again(pieces, *cuts):
        return pkt.fragment(whole_of(pieces), cuts, next(idents))

    def header_only(pieces):
        return again(pieces, (0, 8), (8, 16), (16, 1000), (1000, None))

    def uneven(pieces):
        return again(pieces, (0, 12) if v == 6 else (0, 4))

    flow = Flow(rig, TCP, v, 4100).open()
    if v == 4:
        deliver(flow, "a first fragment with 8 bytes of the header only", header_only, length=1200)
    else:
        refuse(flow, "a first fragment that lacks a part of the header is dropped and counted",
               header_only, length=1200, dropped=1)
    flow = Flow(rig, UDP, v, 4101).open()
    refuse(flow, "a fragment that is no multiple of 8 bytes nor the last is dropped and counted",
           uneven, length=600, dropped=1)


def common(v):
    flow = Flow(rig, UDP, v, 4000).open()
    shuffled = list(range(9))
    random.Random(1).shuffle(shuffled)
    deliver(flow, "fragments in order", lambda p: p)
    deliver(flow, "fragments in reverse order", lambda p: p[::-1])
    deliver(flow, "many small fragments in a mixed order", lambda p: [p[i] for i in shuffled],
            length=700, size=80)
    # the kernel's reassembly of IPv6 frees those without a word
    deliver(flow, "a fragment that comes twice", lambda p: [p[0], p[1], p[1], p[2]],
            dropped=int(v == 4))
    deliver(flow, "a datagram of 60000 bytes", lambda p: p, length=60000, size=1448)
    refuse(flow, "a datagram with a hole never arrives", lambda p: [p[0], p[2]])
    overlap(flow)
    tiny(v)


def ip_fields(v):
    """What each fragment says besides, the refragmented ones say too."""
    flow = Flow(rig, UDP, v, 4002).open()
    problems = []
    fields = {} if v == 4 else dict(flow=0x54321)
    pieces = parts(flow.request(DATA[:3000], tos=0xB9, **fields), 1000, ident=0x7777)
    heard = rig.from_client(*pieces)
    problems += judge(flow, heard, DATA[:3000], max(map(len, pieces)))
    for one in heard:
        if one.tos != 0xB9 or one.flow != fields.get("flow"):
            problems.append("%s: tos %#x flow %s" % (one, one.tos, one.flow))
    result("%s: refragmented ones keep DSCP, ECN%s" % (
        flow, " and flow label" if v == 6 else ""), problems)


def one_source():
    """Datagrams of two clients with one identifier, which get the same local address: the
    identifiers that they leave with are two."""
    flows = {}
    for n in range(20, 40):
        last = Flow(rig, UDP, 4, 4005)
        last.client = "198.51.100.%d" % n
        first = flows.setdefault(last.open().local, last)
        if first is not last:
            break
    pieces = [parts(flow.request(DATA[:3000]), 1000, ident=99) for flow in (first, last)]
    heard = rig.from_client(*[piece for pair in zip(*pieces) for piece in pair])
    idents = list(dict.fromkeys(one.ident for one in heard))
    problems = ["identifiers %s" % idents] if len(idents) != 2 else []
    for flow, ident in zip((first, last), idents):
        problems += judge(flow, [one for one in heard if one.ident == ident], DATA[:3000], MTU)
    result("IPv4: one identifier of two clients becomes two behind one local address", problems)


def collision(v):
    """Two datagrams of one client with one identifier, to two VIPs, their fragments mixed."""
    flows = [Flow(rig, UDP, v, 4003).open(), Flow(rig, UDP, v, 4003, vip=VIP2[v], at="s2").open()]
    problems = []
    for where in (lambda n: ("c1", "eth0"), lambda n: ("r", rig.links[1 + n // 2 % 2])):
        data = [DATA[:3500], DATA[10000:13500]]
        pieces = [parts(flow.request(d), 1400, ident=99) for flow, d in zip(flows, data)]
        mixed = [p for pair in zip(*pieces) for p in pair]
        heard = rig.run([where(n) + (raw,) for n, raw in enumerate(mixed)])
        for flow, d in zip(flows, data):
            problems += judge(flow, heard[flow.at], d, MTU)
    result("IPv%d: one identifier at two VIPs: both datagrams reach their own server" % v, problems)


def echo(v):
    problems = []
    client, vip = CLIENT[v], VIP[v]
    kind = (8, 0) if v == 4 else (128, 129)
    proto = pkt.ICMP if v == 4 else pkt.ICMP6
    for where in (lambda n: ("c1", "eth0"), lambda n: ("r", rig.links[1 + n % 2])):
        message = pkt.icmp(client, vip, kind[0], 0, b"\x12\x34\0\1", DATA[:4000])
        request = pkt.ip(client, vip, proto, message)
        heard = rig.run([where(n) + (raw,) for n, raw in enumerate(parts(request, 1400))])["c1"]
        whole = pkt.join(heard)
        want = pkt.icmp(vip, client, kind[1], 0, b"\x12\x34\0\1", DATA[:4000])
        if not whole:
            problems.append("no whole reply: %s" % "; ".join(map(str, heard)))
        elif (whole.src, whole.dst) != (vip, client) or whole.l4 != want:
            problems.append("%s: not the reply" % whole)
        problems += ["%s: larger than the MTU" % p for p in heard if len(p.raw) > MTU]
    result("IPv%d ICMP: a fragmented echo request is answered" % v, problems)


def untouched(v):
    """Fragments that are not ours: single ones, in whatever order, arrive as they were sent."""
    problems = []
    client, server = CLIENT[v], SERVER[v]

    def pieces(src, dst):
        l4 = pkt.l4(UDP, src, dst, 5, 6, DATA[:4000])
        return parts(pkt.ip(src, dst, UDP, l4), 1000, ident=77)[::-1][:3]
    sends = pieces(client, server)
    heard = rig.from_client(*sends)
    problems += same("client to server", sends, heard, hops=1)
    sends = pieces(server, client)
    problems += same("server to client", sends, rig.from_server(*sends), hops=1)
    sends = pieces(client, FAR[v])
    rig.hear("r")
    heard = rig.run([("r", rig.links[1], raw) for raw in sends])["r"]
    back = [p for p in heard if p.dev == "b1l1" and not p.out]
    problems += same("through the balancer", sends, back, hops=1)
    rig.hear("r", False)
    result("IPv%d: fragments for others pass relay and balancer one by one and unaltered" % v,
           problems)


def same(way, sent, heard, hops):
    if len(sent) != len(heard):
        return ["%s: %d of %d arrived" % (way, len(heard), len(sent))]
    problems = []
    for raw, packet in zip(sent, heard):
        before = pkt.Packet(raw)
        got = packet.ttl + hops, packet.l4, packet.ident, packet.off, packet.mf
        if got != (before.ttl, before.l4, before.ident, before.off, before.mf) or packet.problem:
            problems.append("%s: %s became %s" % (way, before, packet))
    return problems


def ipv6_only():
    flow = Flow(rig, UDP, 6, 4004).open()
    deliver(flow, "a datagram in one fragment (RFC 6946)", lambda p: p, length=500)
    refuse(flow, "a fragment within a fragment is dropped and counted",
           lambda p: pkt.fragment(p[0], [(0, None)], next(idents)), length=500, dropped=1)
    problems = []
    before, behind = pkt.ext_options(8), pkt.ext_options(16)
    raw = flow.request(DATA[:2000], ext=[(pkt.DSTOPTS, behind)])
    pieces = [pkt.ip6(flow.client, flow.vip, pkt.FRAGMENT, piece[40:], ext=[(pkt.HOPOPTS, before)])
              for piece in parts(raw, 1000)]
    heard = rig.from_client(*pieces)
    problems += judge(flow, heard, DATA[:2000], MTU)
    whole = pkt.join(heard)
    got = [(kind, body[1:]) for kind, body in whole.exts] if whole else None
    if whole and got != [(pkt.HOPOPTS, before), (pkt.DSTOPTS, behind)]:
        problems.append("%s: its extension headers are %s" % (whole, whole.exts))
    result("%s: extension headers before and behind the fragment header" % flow, problems)


for family in (4, 6):
    common(family)
    ip_fields(family)
    collision(family)
    echo(family)
    untouched(family)
one_source()
ipv6_only()
