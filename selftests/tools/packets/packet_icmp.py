# SPDX-License-Identifier: GPL-2.0-only
"""The cases of packet_icmp.sh: sends ICMP errors from both sides and judges what arrives on the
other.

Usage: packet_icmp.py [own DEV]   own: of what is the balancer's own, whose addresses are on DEV then
"""
import errno
import itertools
import os
import select
import socket
import struct
import sys

import pkt
from pkt import TCP, UDP, SCTP, Packet
from rig import SECONDS, SERVER, Drops, Flow, Rig, only, result

ROUTER = {("client", 4): "198.51.100.99", ("client", 6): "2001:db8:c::99",
          ("server", 4): "192.0.2.99", ("server", 6): "2001:db8:5::99"}
VIP2 = {4: "203.0.113.81", 6: "2001:db8:f::81"}
# type, code, what follows the checksum
MTU = struct.pack("!I", 1300)
ERRORS = {
    4: {"host unreachable": (3, 1), "port unreachable": (3, 3), "fragmentation needed": (3, 4, MTU),
        "time exceeded": (11, 0), "parameter problem": (12, 0, b"\x14\0\0\0")},
    6: {"address unreachable": (1, 3), "port unreachable": (1, 4), "packet too big": (2, 0, MTU),
        "time exceeded": (3, 0), "parameter problem": (4, 0, b"\0\0\0\x28")},
}
# Quoted headers: plain ones, and with options or an extension header; a first fragment.
INNER = {4: ({}, {"options": b"\x94\4\0\0"}, {"mf": True}),
         6: ({}, {"ext": [(pkt.DSTOPTS, pkt.ext_options(16))]},
             {"ext": [(pkt.FRAGMENT, pkt.ext_fragment(0, 1, 9))]})}
SENDER = {"client": ("c1", "eth0"), "server": ("s1", "eth0")}
ARRIVES = {"client": "s1", "server": "c1"}
rig = Rig()


def differs(got, want):
    """How the error that arrived differs from the one that should have, or nothing."""
    if got.problem:
        return [got.problem]
    if (got.src, got.dst) != (want.src, want.dst):
        return ["from %s to %s, not from %s to %s" % (got.src, got.dst, want.src, want.dst)]
    if got.ttl != want.ttl:
        return ["TTL %d, not %d" % (got.ttl, want.ttl)]
    if got.sum_error:
        return ["ICMP checksum off by %#x" % got.sum_error]
    if got.l4[:2] + got.l4[4:8] != want.l4[:2] + want.l4[4:8]:
        return ["ICMP header %s, not %s" % (got.l4[:8].hex(), want.l4[:8].hex())]
    if quoted(got) != quoted(want):
        return ["quotes %s, not %s" % (got.l4[8:].hex(), want.l4[8:].hex())]
    return []


def quoted(packet):
    """The quoted packet, but for the CRC of SCTP, which no receiver of an error looks at."""
    inner = packet.l4[8:]
    one = Packet(inner)
    if one.proto == SCTP and len(one.l4) >= 12:
        at = len(inner) - len(one.l4)
        inner = inner[:at + 8] + bytes(4) + inner[at + 12:]
    return inner


def matrix(flow, side):
    sends, wants = [], []
    ends = (None, ROUTER[side, flow.v])
    for (name, error), keep, inner, sender in itertools.product(
            ERRORS[flow.v].items(), (8, None), INNER[flow.v], ends):
        raw, want = flow.error(side, *error, keep=keep, sender=sender, **inner)
        sends.append(SENDER[side] + (raw,))
        text = name, keep or "all", inner or "plain", sender or "the end"
        wants.append(("%s, %s bytes, %s, from %s" % text, want))
    problems = []
    with Drops(rig, problems):
        heard = rig.run(sends)[ARRIVES[side]]
    if len(heard) != len(wants):
        problems.append("%d of %d errors arrived" % (len(heard), len(wants)))
    for (name, want), got in zip(wants, heard):
        problems += ["%s: %s" % (name, p) for p in differs(got, want)]
    result("%s: errors from the %s's side are passed on, quoting what was sent (%d cases)" % (
        flow, side, len(wants)), problems)


# The three ways on which an error can come: to the relay from either side, and to the balancer
# alone.
WAYS = (("client", "c1", "eth0"), ("server", "s1", "eth0"), ("client", "r", "b1l1"))
# Drop reasons of packets that a host receives itself when it has their destination.
FOR_HOST = ("short", "unmatched", "icmp-unrelated")


def refused(flow, text, make, r, b1, ways=2):
    """What @make(side) makes for each way arrives nowhere, and the hosts count it as @r and @b1 say. The balancer
    drops the same number on each of @ways ways; all of them but one lead to a VIP."""
    problems = []
    if os.environ.get("SLB_ENV") == "vip-relay":
        r = {reason: n for reason, n in r.items() if reason not in FOR_HOST}
    if os.environ.get("SLB_ENV") == "vip-balancer":
        b1 = {reason: n // ways if reason in FOR_HOST else n for reason, n in b1.items()}
    with Drops(rig, problems, r=r, b1=b1):
        for side, host, dev in WAYS:
            heard = rig.run([(host, dev, raw) for raw in make(side)])
            problems += ["from %s: %s arrived" % (host, p) for end in heard for p in heard[end]]
    result("%s: %s" % (flow, text), problems)


def cut_short(flow):
    error = ERRORS[flow.v]["port unreachable"]
    raw, _ = flow.error("client", *error)
    head = 20 if flow.v == 4 else 40

    def make(side):
        raw, _ = flow.error(side, *error)
        whole = Packet(raw)
        for n in range(head + 8):
            l4 = whole.l4[:8] + whole.l4[8:8 + n]
            yield pkt.ip(whole.src, whole.dst, whole.proto,
                         pkt.icmp(whole.src, whole.dst, l4[0], l4[1], l4[4:8], l4[8:]))
    count = head + 8
    refused(flow, "a quote cut short, up to the 8th byte of the transport header, is counted",
            make, {"short": count}, {"short": 2 * count})


def wrong_sum(flow):
    def make(side):
        raw, _ = flow.error(side, *ERRORS[flow.v]["port unreachable"])
        whole = Packet(raw)
        for xor in (1, 0x8000, 0x5555):
            field = struct.unpack("!H", pkt.get_sum(whole.proto, whole.l4))[0] ^ xor
            yield pkt.ip(whole.src, whole.dst, whole.proto,
                         pkt.put_sum(whole.proto, whole.l4, struct.pack("!H", field)))
    refused(flow, "an error whose own checksum is wrong is dropped and counted", make, {},
            {"icmp-csum": 9})


def unrelated(flow):
    """Errors that quote no packet of a session: other ports, another protocol, a packet of
    others."""
    other = Flow(rig, flow.proto, flow.v, 60001)
    other.local, other.lport = flow.local, flow.lport ^ 1
    other.server, other.sport = flow.server, flow.sport

    def make(side):
        return [other.error(side, *error)[0] for error in ERRORS[flow.v].values()]
    refused(flow, "an error that quotes a packet of no session is dropped and counted", make, {},
            {"icmp-unrelated": 3 * len(ERRORS[flow.v])}, ways=3)


def later_fragment(flow):
    """Where a later fragment has ports, there is payload: it must not be taken for them."""
    if flow.v == 4:
        inner = {"off": 8, "mf": True}
    else:
        inner = {"ext": [(pkt.FRAGMENT, pkt.ext_fragment(8, 1, 9))]}

    def make(side):
        yield flow.error(side, *ERRORS[flow.v]["time exceeded"], **inner)[0]
    # at the relay it is about no VIP
    refused(flow, "an error that quotes a later fragment goes nowhere", make, {"unmatched": 1},
            {"icmp-unrelated": 2})


def not_about_vip(flow):
    """An error to the VIP that quotes what another host has sent is not for the balancer's
    clients."""
    def make(side):
        near = flow.vip if side == "client" else flow.local
        src = "198.51.100.77" if flow.v == 4 else "2001:db8:c::77"
        quote = pkt.ip(src, flow.client, UDP, pkt.l4(UDP, src, flow.client, flow.vport, flow.cport))
        error = ERRORS[flow.v]["port unreachable"]
        proto = pkt.ICMP if flow.v == 4 else pkt.ICMP6
        yield pkt.ip(flow.client, near, proto, pkt.icmp(flow.client, near, *error, data=quote))
    refused(flow, "an error to a VIP or local address that quotes another host goes nowhere", make,
            {"unmatched": 1}, {"icmp-unrelated": 2})


def hop_limit(flow):
    def make(side):
        yield flow.error(side, *ERRORS[flow.v]["port unreachable"], ttl=1)[0]
    refused(flow, "an error without hops left is dropped, and no error is sent about it", make,
            {"ttl": 2}, {"ttl": 1})


def fragmented(flow):
    """An error that is larger than the MTU comes in fragments."""
    problems = []
    for side in ("client", "server"):
        raw, want = flow.error(side, *ERRORS[flow.v]["time exceeded"], l4=bytes(range(250)) * 5)
        head = 20 if flow.v == 4 else 40
        pieces = pkt.fragment(raw, pkt.cuts(len(raw) - head, 800), 4321)
        heard = rig.run([SENDER[side] + (piece,) for piece in pieces])[ARRIVES[side]]
        got = pkt.join(heard)
        problems += differs(got, want) if got else ["from the %s's side: no whole error" % side]
    result("%s: errors that come in fragments are passed on" % flow, problems)


def session_stays(flow):
    """Whoever sends errors cannot end a session: packets pass as before."""
    packet, problems = only("request", rig.from_client(flow.request(b"still")))
    problems = problems or flow.at_server(packet)
    packet, wrong = only("reply", rig.from_server(flow.reply(b"still")))
    problems += wrong or flow.at_client(packet)
    result("%s: after all these errors the session is as it was" % flow, problems)


def refused_by_peer(sock):
    """Waits for the error that a connected socket is told, and returns its name."""
    poll = select.poll()
    poll.register(sock, select.POLLIN | select.POLLERR)
    if not poll.poll(SECONDS * 1000):
        return "nothing"
    return errno.errorcode.get(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), "no error")


def real_sockets(v):
    family = socket.AF_INET if v == 4 else socket.AF_INET6
    client = rig.opener.open("c2", family, socket.SOCK_DGRAM)
    client.connect((VIP2[v], 7777))
    client.send(b"anybody there?")
    got = refused_by_peer(client)
    result("IPv%d: a client's socket is told that the server's port is closed" % v,
           [] if got == "ECONNREFUSED" else [got])
    server = rig.opener.open("s2", family, socket.SOCK_DGRAM)
    server.bind(("::" if v == 6 else "0.0.0.0", 7777))
    server.settimeout(SECONDS)
    client.send(b"now there is")
    _, local = server.recvfrom(100)
    client.close()
    server.connect(local[:2])
    server.send(b"too late")
    got = refused_by_peer(server)
    result("IPv%d: a server's socket is told that the client's port is closed" % v,
           [] if got == "ECONNREFUSED" else [got])


def own_connection(v, dev):
    """What an address of a link's range gets that is the balancer's own, too, and is of no
    session."""
    own = {4: "10.1.1.4", 6: "2001:db8:a:11::4"}[v]
    sock = rig.opener.open("b1", socket.AF_INET if v == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
    if dev != "lo":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, dev.encode())
    sock.bind((own, 4400))
    sock.connect((SERVER[v], 7))
    # a firewall takes the answer to what the host has sent
    sock.send(b"question")
    flow = Flow(rig, UDP, v, 4400)
    flow.server, flow.sport, flow.local, flow.lport = SERVER[v], 7, own, 4400
    problems = []
    with Drops(rig, problems):
        rig.run([("s1", "eth0", flow.reply(b"answer")),
                 ("s1", "eth0", flow.error("server", *ERRORS[v]["port unreachable"])[0])])
        got = refused_by_peer(sock)
    if got != "ECONNREFUSED":
        problems.append("the socket is told %s" % got)
    elif sock.recv(100) != b"answer":
        problems.append("another answer")
    result("IPv%d: the balancer's own socket, at an address of a link, gets answer and error" % v,
           problems)


for family in (4, 6):
    if sys.argv[1:2] == ["own"]:
        own_connection(family, sys.argv[2])
        continue
    flows = [Flow(rig, proto, family, 4000 + proto).open() for proto in (TCP, UDP, SCTP)]
    for one in flows:
        matrix(one, "client")
        matrix(one, "server")
    for case in (cut_short, wrong_sum, unrelated, later_fragment, not_about_vip, hop_limit,
                 fragmented):
        case(flows[1])
    for one in flows:
        session_stays(one)
    real_sockets(family)
