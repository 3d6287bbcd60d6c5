# SPDX-License-Identifier: GPL-2.0-only
"""The cases of packet_checksum.sh: sends packets in every checksum state, sums what arrives.

Usage: packet_checksum.py MODE
  plain      devices take unfinished sums and large segments: both must arrive unfinished
  finished   the relay's devices take neither, so that its kernel must finish them; and every skb is
             cloned, as all devices are tapped
  complete   skbs reach the balancer with the sum of all their bytes (links are tunnels with sums)
"""
import struct
import sys

import pkt
from pkt import TCP, UDP, SCTP, Vnet
from rig import Drops, Flow, Rig, only, result, skip
from tap import takes_udp_segments

LENGTHS = (0, 1, 2, 3, 33, 500, 1001, 1400)
MODE = sys.argv[1]


def payload(length, salt=0):
    return bytes((7 * i + salt + length) & 0xFF for i in range(length))


def both_ways(flow):
    """For each way: its name, makers of the transport part and of the packet, the checker, and from
    which device to where."""
    return (("request", flow.request_l4, flow.request, flow.at_server, ("c1", "eth0"), "s1"),
            ("reply", flow.reply_l4, flow.reply, flow.at_client, ("s1", "eth0"), "c1"))


def judge_sum(packet, unfinished=False):
    if unfinished and MODE == "plain":
        want = pkt.partial(packet.src, packet.dst, packet.proto, packet.l4)
        start = 14 + len(packet.raw) - len(packet.l4)
        if not packet.vnet.needs_sum:
            return ["%s: its sum is no more left to the device" % packet]
        if (packet.vnet.start, packet.vnet.offset) != (start, pkt.SUM_AT[packet.proto]):
            at = packet.vnet.start, packet.vnet.offset
            return ["%s: the sum is to be at %d+%d" % ((packet,) + at)]
        return [] if want == packet.l4 else ["%s: wrong sum of the pseudo header" % packet]
    if packet.vnet.needs_sum:
        return ["%s: its sum is left to the device" % packet]
    error = packet.sum_error
    return ["%s: the checksum is off by %#x" % (packet, error)] if error else []


def judge(heard, sent, check, unfinished=False):
    """Problems with packets that arrived for those sent, in order, whose transport parts are
    @sent."""
    problems = []
    if len(heard) != len(sent):
        problems.append("%d packets of %d arrived" % (len(heard), len(sent)))
    for packet, l4 in zip(heard, sent):
        problems += check(packet) + judge_sum(packet, unfinished)
        # all but ports and checksum is as it was sent
        at = pkt.SUM_AT[packet.proto]
        size = 4 if packet.proto == SCTP else 2
        if packet.l4[4:at] + packet.l4[at + size:] != l4[4:at] + l4[at + size:]:
            problems.append("%s: altered" % packet)
    return problems


def done_sums(flow, lengths=LENGTHS, head=0):
    """Sums that the sender has done; with @head, all but so many bytes are in pages of their
    own."""
    problems = []
    for way, make_l4, make, check, (host, dev), to in both_ways(flow):
        sent = [make_l4(payload(n)) for n in lengths]
        heard = flow.rig.run([(host, dev, make(l4=l4), Vnet(head=head)) for l4 in sent])[to]
        problems += [way + ": " + p for p in judge(heard, sent, check)]
    return problems


def device_sums(flow):
    """Sums that the sender leaves to its device."""
    problems = []
    for way, make_l4, make, check, (host, dev), to in both_ways(flow):
        sends, sent = [], []
        for n in LENGTHS:
            raw = make(l4=make_l4(payload(n)))
            packet = pkt.Packet(raw)
            l4 = pkt.partial(packet.src, packet.dst, packet.proto, packet.l4)
            start = 14 + len(raw) - len(l4)
            sent.append(l4)
            sends.append((host, dev, make(l4=l4),
                          Vnet(needs_sum=True, start=start, offset=pkt.SUM_AT[flow.proto])))
        heard = flow.rig.run(sends)[to]
        problems += [way + ": " + p for p in judge(heard, sent, check, unfinished=True)]
    return problems


def inner_sums(flow):
    """The sum that is left to the device is of something inside: that of UDP, done or none, is not
    taken for a sum of the pseudo header."""
    problems = []
    left = payload(4) + b"\x12\x34" + payload(33)
    done = left[:4] + struct.pack("!H", pkt.inet_sum(left)) + left[6:]
    for way, make_l4, make, check, (host, dev), to in both_ways(flow):
        for none in (False, True)[:1 + (flow.v == 4)]:
            # right once the device has done its part
            l4 = make_l4(done)[:8] + left
            raw = make(l4=pkt.put_sum(UDP, l4, b"\0\0") if none else l4)
            start = 14 + len(raw) - len(left)
            vnet = Vnet(needs_sum=True, start=start, offset=4)
            packet, wrong = only(way, flow.rig.run([(host, dev, raw, vnet)])[to])
            problems += wrong or check(packet)
            if not packet:
                continue
            want = pkt.right_sum(packet.src, packet.dst, UDP, packet.l4[:8] + done)
            want = b"\0\0" if none else want
            want += left if MODE == "plain" else done
            if packet.l4[6:] != want:
                problems.append("%s: %s: %s" % (way, packet, packet.l4[6:].hex()))
    return problems


def echo_sums(flow):
    """An echo request whose sum is left to the device: so is that of the reply."""
    kind, proto = ((8, 0), pkt.ICMP) if flow.v == 4 else ((128, 129), pkt.ICMP6)

    def left(src, dst, kind):
        message = pkt.icmp(src, dst, kind, 0, b"\1\2\3\4", payload(33))
        # no pseudo header goes into that of ICMP
        return (pkt.put_sum(proto, message, b"\0\0") if flow.v == 4 else
                pkt.partial(src, dst, proto, message))

    raw = pkt.ip(flow.client, flow.vip, proto, left(flow.client, flow.vip, kind[0]))
    vnet = Vnet(needs_sum=True, start=14 + (20 if flow.v == 4 else 40), offset=2)
    packet, problems = only("reply", flow.rig.run([("c1", "eth0", raw, vnet)])["c1"])
    if packet and MODE == "plain":
        problems += [] if packet.vnet.needs_sum else ["%s: not left to the device" % packet]
        want = left(flow.vip, flow.client, kind[1])
        problems += [] if packet.l4 == want else ["%s: %s" % (packet, packet.l4.hex())]
    elif packet:
        problems += judge_sum(packet)
    return problems


def wrong_sums(flow):
    """Damage, of the sum or of what it covers, must not be mended: it stays as much off as it
    was."""
    problems = []
    damage = (0x0001, 0x0100, 0x8000, 0x7FFF, 0x1234, 0xFFFE)
    for way, make_l4, make, check, (host, dev), to in both_ways(flow):
        sent = []
        for n, xor in enumerate(damage):
            l4 = make_l4(payload(20 + n))
            if n % 2:
                l4 = l4[:-2] + bytes([l4[-2] ^ xor >> 8, l4[-1] ^ xor & 0xFF])
            else:
                good = pkt.get_sum(flow.proto, l4)
                field = struct.unpack_from("!H", good)[0] ^ xor
                l4 = pkt.put_sum(flow.proto, l4, struct.pack("!H", field or 0xFFFF) + good[2:])
            sent.append(pkt.Packet(make(l4=l4)))
        heard = flow.rig.run([(host, dev, p.raw) for p in sent])[to]
        if len(heard) != len(sent):
            problems.append("%s: %d of %d arrived" % (way, len(heard), len(sent)))
        for packet, before in zip(heard, sent):
            problems += check(packet)
            was, now = before.sum_error, packet.sum_error
            if not was or now != was:
                problems.append("%s: %s: off by %#x, was by %#x" % (way, packet, now, was))
    return problems


def udp_without(flow):
    """UDP without a checksum stays without: over IPv6, too, as tunnels send it (RFC 6935)."""
    problems = []
    with Drops(flow.rig, problems, b1={}):
        for way, make_l4, make, check, (host, dev), to in both_ways(flow):
            l4 = pkt.put_sum(UDP, make_l4(payload(33)), b"\0\0")
            heard = flow.rig.run([(host, dev, make(l4=l4))])[to]
            packet, wrong = only(way, heard)
            problems += wrong or check(packet)
            if packet and packet.l4[4:] != l4[4:]:
                problems.append("%s: %s: altered" % (way, packet))
    return problems


def udp_sum_of_zero(flow):
    """A sum that comes out as 0 is sent as 0xffff: 0 would say that there is none (RFC 768)."""
    problems = []
    ends = {"request": (flow.local, flow.server, flow.lport, flow.sport),
            "reply": (flow.vip, flow.client, flow.vport, flow.cport)}
    for way, make_l4, make, check, (host, dev), to in both_ways(flow):
        src, dst, sport, dport = ends[way]
        # the word that brings the sum of what will arrive to 0xffff
        rest = pkt.right_sum(src, dst, UDP, pkt.udp(sport, dport, b"even" + bytes(2)))
        l4 = make_l4(b"even" + rest)
        packet, wrong = only(way, flow.rig.run([(host, dev, make(l4=l4))])[to])
        problems += wrong or check(packet)
        field = packet and pkt.get_sum(UDP, packet.l4)
        if packet and field != b"\xff\xff":
            problems.append("%s: %s: the sum is %s" % (way, packet, field.hex()))
    return problems


def segments(flow, size=1000, total=20001):
    """A large segment, which the last device cuts: it arrives whole (plain) or cut (finished)."""
    problems = []
    kind = {TCP: {4: Vnet.TCP4, 6: Vnet.TCP6}[flow.v], UDP: Vnet.UDP_L4}[flow.proto]
    data = payload(total)
    for way, make_l4, make, check, (host, dev), to in both_ways(flow):
        raw = make(l4=make_l4(data))
        packet = pkt.Packet(raw)
        raw = make(l4=pkt.partial(packet.src, packet.dst, flow.proto, packet.l4))
        start = 14 + len(raw) - len(packet.l4)
        head = start + pkt.L4_MIN[flow.proto]
        vnet = Vnet(True, kind, head, size, start, pkt.SUM_AT[flow.proto])
        heard = flow.rig.run([(host, dev, raw, vnet)])[to]
        for one in heard:
            problems += check(one) + judge_sum(one, unfinished=True)
        if b"".join(one.payload for one in heard) != data:
            problems.append("%s: the payload is not what was sent" % way)
        problems += [way + ": " + p for p in judge_cut(flow, heard, kind, size, total)]
    return problems


def judge_cut(flow, heard, kind, size, total):
    if MODE == "plain":
        whole = [(p.vnet.gso, p.vnet.size) for p in heard]
        return [] if whole == [(kind, size)] else ["cut on its way: %s" % whole]
    problems = []
    if [len(p.payload) for p in heard] != [size] * (total // size) + [total % size]:
        problems.append("cut into %s" % [len(p.payload) for p in heard])
    for n, packet in enumerate(heard):
        if flow.proto == TCP and struct.unpack_from("!I", packet.l4, 4)[0] != 1000 + n * size:
            problems.append("%s: not the sequence number of segment %d" % (packet, n))
        if flow.v == 4 and packet.ident != (heard[0].ident + n) & 0xFFFF:
            problems.append("%s: its IPv4 identifier does not count on" % packet)
    return problems


def battery(rig):
    for v in (4, 6):
        flows = {proto: Flow(rig, proto, v, 4000 + proto).open() for proto in (TCP, UDP, SCTP)}
        for flow in flows.values():
            case(flow, "right sums are right after NAT, odd and even lengths, both ways", done_sums)
            case(flow, "a wrong sum stays wrong by as much", wrong_sums)
        case(flows[UDP], "no sum stays no sum" if v == 4 else
             "a packet without a sum is dropped and counted", udp_without)
        case(flows[UDP], "a sum that comes out as 0 is sent as 0xffff", udp_sum_of_zero)
        if MODE == "complete":
            case(flows[UDP], "an ICMP error passes, a damaged one is dropped and counted", errors)
            continue
        for flow in flows.values():
            case(flow, "right when all but the Ethernet header lies in other pages", apart)
        case(flows[UDP], "a sum inside that is left to the device leaves its own alone", inner_sums)
        case(flows[UDP], "a sum of an echo request that is left to the device", echo_sums)
        plain = MODE == "plain"
        for flow in (flows[TCP], flows[UDP]):
            case(flow, "a sum left to the device is %s" % ("still left to it" if plain else
                                                           "finished right"), device_sums)
            case(flow, "a large segment is %s" % ("kept whole" if plain else "cut right"), segments,
                 "sockets take no UDP segments" if flow.proto == UDP and not takes_udp_segments() else "")


def case(flow, text, judge_it, lacks=""):
    """A result, or a skipped one if the kernel lacks something."""
    name = {"plain": "", "finished": ", cloned skbs", "complete": ", summed by the receiver"}[MODE]
    text = "%s%s: %s" % (flow, name, text)
    if lacks:
        skip(text, lacks)
    else:
        result(text, judge_it(flow))


def apart(flow):
    return done_sums(flow, lengths=(4300, 8001), head=14)


def errors(flow):
    """The sum that the receiver has of an ICMP error tells whether it is sound."""
    problems = []
    kind = (3, 3) if flow.v == 4 else (1, 4)
    with Drops(flow.rig, problems, b1={"icmp-csum": 2}):
        for side, host, to in (("client", "c1", "s1"), ("server", "s1", "c1")):
            raw, want = flow.error(side, *kind)
            bad = raw[:-1] + bytes([raw[-1] ^ 1])
            packet, wrong = only(side, flow.rig.run([(host, "eth0", raw), (host, "eth0", bad)])[to])
            problems += wrong
            if packet and (packet.l4, packet.src, packet.dst) != (want.l4, want.src, want.dst):
                problems.append("%s's side: %s, not %s" % (side, packet, want))
    return problems


if MODE == "complete":
    battery(Rig(links=("tl1", "tl2")))
else:
    battery(Rig("r", "b1") if MODE == "finished" else Rig())
