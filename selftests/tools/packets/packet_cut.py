# SPDX-License-Identifier: GPL-2.0-only
"""The cases of packet_cut.sh: sends packets that end too soon, or are nobody's business here."""
import pkt
from pkt import TCP, UDP, SCTP, Packet
from rig import CLIENT, PROTOS, SERVER, VIP, Drops, Flow, Rig, only, result

VIP2 = {4: "203.0.113.82", 6: "2001:db8:f::82"}
FAR = {4: "198.18.0.7", 6: "2001:db8:99::7"}
GRE, IPIP, UDPLITE, OSPF = 47, 4, 136, 89
# What must be there of a transport header: of SCTP, the type of the first chunk, too.
NEEDED = {TCP: 20, UDP: 8, SCTP: 13}
# The relay looks at what a client sends; what a server sends, the balancer does.
PLACES = (("c1", "eth0"), ("s1", "eth0"), ("r", "b1l1"))
rig = Rig()


def makers(flow):
    """A maker of packets from each of PLACES."""
    return [flow.reply if host == "s1" else flow.request for host, _ in PLACES]


def cut_transport(flow, text, **fields):
    """Every length of the transport header from nothing on, the IP header telling the truth
    about it."""
    problems = []
    lengths = range(NEEDED[flow.proto])
    with Drops(rig, problems, r={"short": len(lengths)}, b1={"short": 2 * len(lengths)}):
        for place, make in zip(PLACES, makers(flow)):
            l4 = Packet(make(b"payload")).l4
            heard = rig.run([place + (make(l4=l4[:n], **fields),) for n in lengths])
            problems += ["from %s: %s arrived" % (place[0], p) for end in heard for p in heard[end]]
    result("%s: %scut short within the transport header: dropped and counted" % (flow, text),
           problems)


def cut_extensions(flow):
    """Extension headers that end too soon, at each of their first bytes."""
    problems = []
    ext = [(pkt.HOPOPTS, pkt.ext_options(8)), (pkt.DSTOPTS, pkt.ext_options(16))]
    whole = flow.request(b"payload", ext=ext)
    # at the end of the first, the second is missing; the kernel looks into the first itself
    ends = list(range(48, 64))
    with Drops(rig, problems, r={"short": len(ends)}, b1={"short": 2 * len(ends)}):
        for place, make in zip(PLACES, makers(flow)):
            whole = make(b"payload", ext=ext)
            sends = [whole[:4] + (n - 40).to_bytes(2, "big") + whole[6:n] for n in ends]
            heard = rig.run([place + (raw,) for raw in sends])
            problems += ["from %s: %s arrived" % (place[0], p) for end in heard for p in heard[end]]
    result("%s: cut short within extension headers: dropped and counted" % flow, problems)


def cut_frame(flow):
    """The frame ends before the IP header says: the kernel drops these before anybody sees them."""
    problems = []
    with Drops(rig, problems):
        for place, make in zip(PLACES, makers(flow)):
            whole = make(b"payload", **({"options": b"\1" * 4} if flow.v == 4 else {}))
            heard = rig.run([place + (whole[:n],) for n in range(1, len(whole))])
            problems += ["from %s: %s arrived" % (place[0], p) for end in heard for p in heard[end]]
    result("%s: frames that end at each byte of the packet go nowhere" % flow, problems)


def cut_icmp(v):
    problems = []
    flow = Flow(rig, UDP, v, 4200).open()
    proto = pkt.ICMP if v == 4 else pkt.ICMP6
    kinds = (8, 3) if v == 4 else (128, 1)
    with Drops(rig, problems, r={"short": 16}, b1={"short": 32}):
        for host, dev in PLACES:
            src, dst = (flow.server, flow.local) if host == "s1" else (flow.client, flow.vip)
            sends = [(host, dev, pkt.ip(src, dst, proto, pkt.icmp(src, dst, kind, 0)[:n]))
                     for kind in kinds for n in range(8)]
            heard = rig.run(sends)
            problems += ["from %s: %s arrived" % (host, p) for end in heard for p in heard[end]]
    result("IPv%d ICMP: cut short within the first 8 bytes: dropped and counted" % v, problems)


def lies(flow):
    """Lengths in the transport header that lie are the receiver's business."""
    problems = []
    payload = b"payload."
    bad = {TCP: [(12, b"\0"), (12, b"\x40"), (12, b"\xf0")],
           UDP: [(4, b"\0\0"), (4, b"\0\7"), (4, b"\0\x09"), (4, b"\xff\xff")],
           SCTP: [(14, b"\0\0"), (14, b"\0\3"), (14, b"\xff\xff"), (12, b"\xff")]}[flow.proto]
    for (host, dev), make in zip(PLACES[:2], makers(flow)):
        right = Packet(make(payload))
        for at, lie in bad:
            l4 = right.l4[:at] + lie + right.l4[at + len(lie):]
            l4 = pkt.summed(right.src, right.dst, flow.proto, l4)
            to, check = ("s1", flow.at_server) if host == "c1" else ("c1", flow.at_client)
            heard = rig.run([(host, dev, make(l4=l4))])[to]
            packet, wrong = only("%s at %d" % (lie.hex(), at), heard)
            problems += wrong or check(packet)
            if packet and (packet.sum_error or len(packet.l4) != len(l4)):
                problems.append("%s: off by %#x" % (packet, packet.sum_error))
    result("%s: transport headers that lie about lengths are carried as they are" % flow, problems)


def but_for_ttl(raw):
    """A packet without TTL and IPv4 header checksum."""
    return raw[:8] + raw[9:10] + raw[12:] if raw[0] >> 4 == 4 else raw[:7] + raw[8:]


def as_they_are(way, sent, heard, hops=1):
    """Problems with packets that should have arrived unaltered but for the TTL."""
    if len(sent) != len(heard):
        return ["%s: %d of %d arrived" % (way, len(heard), len(sent))]
    problems = []
    for raw, packet in zip(sent, heard):
        before = Packet(raw)
        same = but_for_ttl(raw) == but_for_ttl(packet.raw)
        if not same or packet.ttl != before.ttl - hops or packet.problem:
            problems.append("%s: %s became %s (%s)" % (way, before, packet, packet.problem))
    return problems


def strange(src, dst):
    """Packets of all kinds that are no flows: other protocols, and transport headers cut short."""
    v = pkt.version(src)
    body = b"\x08\0\x08\0" + bytes(range(60))
    packets = [pkt.ip(src, dst, proto, body)
               for proto in (GRE, pkt.ESP, IPIP, UDPLITE, OSPF, 253, pkt.NONE)]
    proto, kinds = (pkt.ICMP, (0, 13, 17, 42)) if v == 4 else (pkt.ICMP6, (129, 139, 200))
    packets += [pkt.ip(src, dst, proto, pkt.icmp(src, dst, kind, 0, data=body)) for kind in kinds]
    return packets


def broken(src, dst):
    """Packets to other hosts in all shapes that would be dropped if they were to a VIP."""
    packets = strange(src, dst)
    packets += [pkt.ip(src, dst, proto, bytes(n)) for proto in PROTOS for n in (0, 1, 7, 11)]
    zero = pkt.l4(UDP, src, dst, 1, 2, b"?")
    packets.append(pkt.ip(src, dst, UDP, pkt.put_sum(UDP, zero, b"\0\0")))
    if pkt.version(src) == 6:
        ext = [(pkt.DSTOPTS, pkt.ext_options())] * 12
        packets.append(pkt.ip(src, dst, UDP, zero, ext=ext))
        packets.append(pkt.ip(src, dst, UDP, zero, ext=[(pkt.ROUTING, pkt.ext_routing(3))]))
        packets.append(pkt.ip(src, dst, UDP, zero, ext=[(pkt.AH, b"\2" + bytes(14))]))
    else:
        packets.append(pkt.ip(src, dst, pkt.AH, bytes(24)))
        packets.append(pkt.ip(src, dst, UDP, zero, options=b"\x9e\4\0\0"))
    return packets


def others(v):
    """What is not to a VIP at all."""
    problems = []
    client, server, far = CLIENT[v], SERVER[v], FAR[v]
    with Drops(rig, problems):
        sends = broken(client, server)
        problems += as_they_are("client to server", sends, rig.from_client(*sends))
        sends = broken(server, client)
        problems += as_they_are("server to client", sends, rig.from_server(*sends))
        rig.hear("r")
        sends = broken(client, far)
        heard = rig.run([("r", "b1l2", raw) for raw in sends])["r"]
        problems += as_they_are("through the balancer", sends,
                                [p for p in heard if p.dev == "b1l1" and not p.out])
        rig.hear("r", False)
    result("IPv%d: packets to others pass relay and balancer unaltered (%d kinds)" % (
        v, len(sends)), problems)


def not_served(v):
    """What is to a VIP's address, but nothing that a VIP serves."""
    problems = []
    client, vip = CLIENT[v], VIP2[v]
    sends = strange(client, VIP[v]) + strange(client, vip)
    for proto, port in ((TCP, 81), (TCP, 79), (UDP, 80), (SCTP, 80)):
        l4 = pkt.l4(proto, client, vip, 5, port, first=True)
        sends.append(pkt.ip(client, vip, proto, l4))
    with Drops(rig, problems):
        problems += as_they_are("at the relay", sends, rig.from_client(*sends))
        rig.hear("r")
        heard = rig.run([("r", "b1l2", raw) for raw in sends])["r"]
        problems += as_they_are("at the balancer", sends,
                                [p for p in heard if p.dev == "b1l1" and not p.out])
        rig.hear("r", False)
    result("IPv%d: packets to a VIP's address that no VIP serves are left to routing (%d kinds)" % (
        v, len(sends)), problems)


def goes_on(flows):
    problems = []
    for flow in flows:
        packet, wrong = only("request", rig.from_client(flow.request(b"still there")))
        problems += wrong or flow.at_server(packet)
        packet, wrong = only("reply", rig.from_server(flow.reply(b"still there")))
        problems += wrong or flow.at_client(packet)
    result("all sessions are as they were", problems)


every = []
for family in (4, 6):
    flows = [Flow(rig, proto, family, 4000 + proto).open() for proto in PROTOS]
    for one in flows:
        cut_transport(one, "")
        if family == 4:
            cut_transport(one, "with options, ", options=b"\1" * 12)
        else:
            cut_transport(one, "with extension headers, ", ext=[(pkt.DSTOPTS, pkt.ext_options(24))])
        cut_frame(one)
        lies(one)
    if family == 6:
        cut_extensions(flows[0])
    cut_icmp(family)
    others(family)
    not_served(family)
    every += flows
goes_on(every)
