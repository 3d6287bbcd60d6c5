# SPDX-License-Identifier: GPL-2.0-only
"""The cases of packet_spoof.sh: packets in others' names, each of which is refused and counted.

Usage: packet_spoof.py PACKETS SLBCTL   so many packets in all, of all kinds and both families
"""
import json
import random
import struct
import subprocess
import sys

import pkt
from pkt import TCP, UDP, SCTP
from rig import CLIENT, PROTOS, SERVER, Drops, Flow, Rig, result

OTHER = {4: "192.0.2.12", 6: "2001:db8:5::12"}
NEIGHBOUR = {4: "100.64.1.20", 6: "2001:db8:b:11::4"}
# Ends of the first link: the balancer's, the relay's.
B_END = {4: "100.64.1.18", 6: "2001:db8:b:11::2"}
R_END = {4: "100.64.1.17", 6: "2001:db8:b:11::1"}
LOCAL = {4: "10.1.1.2", 6: "2001:db8:a:11::2"}
FROM_BALANCER, FROM_RELAY = 0x534C4221, 0x534C4222
BFD, REFLECTOR, BFD_SOURCE = 3784, 7784, 49152
BATCH = 100


def noise(limit=60):
    return random.randbytes(random.randrange(1, limit))


def any_port():
    return random.randrange(1024, 65536)


def no_session(v, flows):
    """From a server, to a local address and port that it has no session with."""
    proto = random.choice(PROTOS)
    ends = SERVER[v], LOCAL[v], 80, any_port()
    return "s1", pkt.ip(ends[0], ends[1], proto, pkt.l4(proto, *ends, noise(), first=random.random() < 0.5))


def wrong_server(v, flows):
    """From another server, or from another port of the right one, to the local pair of a session."""
    flow = random.choice(flows[v])
    if random.random() < 0.5:
        ends, host = (OTHER[v], flow.local, flow.sport, flow.lport), "s2"
    else:
        ends, host = (flow.server, flow.local, flow.sport + random.randrange(1, 999), flow.lport), "s1"
    return host, pkt.ip(ends[0], ends[1], flow.proto, pkt.l4(flow.proto, *ends, noise()))


def client_side(v, flows):
    """From a client, straight to the local pair of its own session or another one."""
    flow = random.choice(flows[v])
    ends = CLIENT[v], flow.local, random.choice((flow.cport, flow.sport, any_port())), flow.lport
    return "c1", pkt.ip(ends[0], ends[1], flow.proto, pkt.l4(flow.proto, *ends, noise()))


def other_icmp(v, flows):
    """To a local address, an ICMP message that is no error: an echo request, an answer, a redirect."""
    proto = pkt.ICMP if v == 4 else pkt.ICMP6
    kind = random.choice((8, 0, 5, 13) if v == 4 else (128, 129, 137, 200))
    src, host = random.choice(((CLIENT[v], "c1"), (SERVER[v], "s1")))
    return host, pkt.ip(src, LOCAL[v], proto, pkt.icmp(src, LOCAL[v], kind, 0, data=noise()))


def error(v, src, dst, quoted, spoil=False):
    proto = pkt.ICMP if v == 4 else pkt.ICMP6
    kind, code = random.choice(((3, 1), (3, 4), (11, 0)) if v == 4 else ((1, 0), (2, 0), (3, 0)))
    message = pkt.icmp(src, dst, kind, code, struct.pack("!I", random.randrange(1 << 32)), quoted)
    if spoil:
        message = message[:-1] + bytes([message[-1] ^ 1 << random.randrange(8)])
    return pkt.ip(src, dst, proto, message)


def forged_error(v, flows):
    """An ICMP error about a packet that nobody has sent: a port, or an address, is another one."""
    flow = random.choice(flows[v])
    if random.random() < 0.5:
        host, src, near = "c1", CLIENT[v], (flow.vip, flow.client, flow.vport, any_port() | 1)
    else:
        near = random.choice(((flow.local, OTHER[v], flow.lport, flow.sport),
                              (flow.local, flow.server, flow.lport, flow.sport + 1),
                              (LOCAL[v], flow.server, any_port(), flow.sport)))
        host, src = "s1", near[1]
    quoted = pkt.ip(near[0], near[1], flow.proto, pkt.l4(flow.proto, *near, noise()))
    return host, error(v, src, near[0], quoted)


def damaged_error(v, flows):
    """An ICMP error about a live session, with a wrong checksum."""
    flow = random.choice(flows[v])
    if random.random() < 0.5:
        host, near = "c1", (flow.vip, flow.client, flow.vport, flow.cport)
    else:
        host, near = "s1", (flow.local, flow.server, flow.lport, flow.sport)
    quoted = pkt.ip(near[0], near[1], flow.proto, pkt.l4(flow.proto, *near, noise()))
    return host, error(v, near[1], near[0], quoted, spoil=True)


def probe(v, dst, mark):
    """A probe that says that the link is down, or about to be; the far end's number is guessed, or not told."""
    # whose own address it is, routing over IPv4 drops before it gets there
    far = R_END if mark == FROM_RELAY and v == 6 else B_END if mark == FROM_BALANCER else CLIENT
    src, host = random.choice(((far, "s1"), (NEIGHBOUR, "c1"), (CLIENT, "c1")))
    state, number = random.choice((0, 1, 2, 3)), random.choice((0, random.randrange(1 << 32)))
    ports = random.choice(((BFD_SOURCE, BFD), (BFD_SOURCE, REFLECTOR), (REFLECTOR, BFD_SOURCE)))
    payload = struct.pack("!BBBBIIIII", 1 << 5 | random.randrange(9), state << 6, 3, 24,
                          random.randrange(1, 1 << 32), number, 1000000, 100000, 0)
    payload += struct.pack("!I", mark) + bytes(60)
    udp = pkt.summed(src[v], dst, UDP, pkt.udp(*ports, payload))
    # one that has come over no router at all would have 255 there
    return host, pkt.ip(src[v], dst, UDP, udp, ttl=255 if mark == FROM_RELAY else random.choice((64, 254)))


def probe_to_balancer(v, flows):
    """A forged probe to the balancer, in the name of the relay or of anybody."""
    return probe(v, B_END[v], FROM_RELAY)


def probe_to_relay(v, flows):
    """A forged probe to the relay, in the name of the balancer or of anybody."""
    return probe(v, R_END[v], FROM_BALANCER)


KINDS = ((no_session, "b1", "unknown-local"), (wrong_server, "b1", "unknown-local"),
         (client_side, "b1", "unknown-local"), (other_icmp, "b1", "icmp-type"),
         (forged_error, "b1", "icmp-unrelated"), (damaged_error, "b1", "icmp-csum"),
         (probe_to_balancer, "b1", "probe"), (probe_to_relay, "r", "probe"))


def spoof(rig, flows, kind, host, reason, total):
    """Problems with @total packets of one kind, all of which are to be dropped for @reason."""
    problems, arrived = [], 0
    with Drops(rig, problems, **{host: {reason: total}}):
        # what costs most is to make them: each is sent some times
        made = [kind(v, flows) for v in (4, 6) for _ in range(min(40, (total + 1) // 2))]
        sent = 0
        while sent < total:
            some = [made[(sent + n) % len(made)] for n in range(min(BATCH, total - sent))]
            heard = rig.run([(at, "eth0", raw) for at, raw in some])
            sent += len(some)
            for name, packets in heard.items():
                arrived += len(packets)
                problems += ["at %s: %s" % (name, packet) for packet in packets[:3]]
    result("%d of %d refused and counted as %s: %s" % (total - arrived, total, reason, kind.__doc__), problems)


def snapshot(rig):
    """All that is said of sessions, flows and links in words: times and counters are none."""
    found = []
    for host, words in (("b1", "session show"), ("b1", "link show"), ("r", "relay flow show"),
                        ("r", "relay link show")):
        text = subprocess.check_output([sys.argv[2], "-n", rig.opener.netns[host], "-j"] + words.split())
        found += sorted(" ".join("%s %s" % item for item in sorted(one.items()) if isinstance(item[1], str))
                        for one in json.loads(text))
    return found


def main():
    total, seed = int(sys.argv[1]) // len(KINDS), random.randrange(1 << 32)
    random.seed(seed)
    print("# seed %d" % seed)
    rig = Rig("s2", vport=80)
    flows = {v: [Flow(rig, proto, v, 4100 + 10 * n + proto).open() for n in range(2) for proto in PROTOS]
             for v in (4, 6)}
    before = snapshot(rig)
    for kind, host, reason in KINDS:
        spoof(rig, flows, kind, host, reason, total)
    after = snapshot(rig)
    problems = ["before: " + line for line in before if line not in after]
    problems += ["after: " + line for line in after if line not in before]
    result("all sessions, flows and links are as they were: %d" % len(before), problems)


main()
