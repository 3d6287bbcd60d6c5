# SPDX-License-Identifier: GPL-2.0-only
"""The cases of packet_pmtu.sh: what fits on the path, as sockets learn it, and as routers say it.

Usage: packet_pmtu.py real CLIENT-MTU SERVER-MTU TEXT   what ends learn, on ordinary hosts
       packet_pmtu.py raw                               what routers say, to mute hosts
A CLIENT-MTU or SERVER-MTU may be two: that of IPv4, a comma, that of IPv6.
"""
import errno
import os
import socket
import struct
import subprocess
import sys
import time

import pkt
from packet_streams import connect, exchange
from pkt import TCP, UDP, Vnet
from rig import SECONDS, SERVER, VIP, Drops, Flow, Host, Opener, Rig, only, result

LEVEL = {4: socket.IPPROTO_IP, 6: socket.IPPROTO_IPV6}
MTU = {4: 14, 6: 24}  # IP_MTU, IPV6_MTU
DISCOVER = {4: 10, 6: 23}  # IP_MTU_DISCOVER, IPV6_MTU_DISCOVER
DO, DONT, IPV6_DONTFRAG = 2, 0, 62
BIG = 1400
PORT = 80


def known_mtu(sock, v):
    return sock.getsockopt(LEVEL[v], MTU[v])


def payload(v, mtu):
    """Bytes of UDP payload in a packet of the MTU."""
    return mtu - (28 if v == 4 else 48)


def send(sock, size):
    """Sends; false when the kernel refuses. An error that came for an earlier packet is told
    instead, once."""
    for _ in range(2):
        try:
            sock.send(bytes(size))
            return True
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise
    return False


def learn(sock, v, want):
    """Sends packets of what is thought to fit until that is right; problems, when it never is."""
    sock.setsockopt(LEVEL[v], DISCOVER[v], DO)
    if v == 6:
        sock.setsockopt(LEVEL[v], IPV6_DONTFRAG, 1)
    deadline = time.monotonic() + SECONDS
    while known_mtu(sock, v) != want and time.monotonic() < deadline:
        send(sock, payload(v, known_mtu(sock, v)))
        time.sleep(0.01)
    if known_mtu(sock, v) != want:
        return ["the socket knows of %d bytes, not %d" % (known_mtu(sock, v), want)]
    if send(sock, payload(v, want + 1)):
        return ["no EMSGSIZE for a packet of %d bytes" % (want + 1)]
    return []


def udp_pair(opener, v):
    """The client's connected socket, the server's, and the local address that the server sees."""
    family = socket.AF_INET if v == 4 else socket.AF_INET6
    server = opener.open("s1", family, socket.SOCK_DGRAM)
    server.bind((SERVER[v], PORT))
    server.settimeout(SECONDS)
    client = opener.open("c1", family, socket.SOCK_DGRAM)
    client.connect((VIP[v], PORT))
    client.settimeout(SECONDS)
    client.send(b"hello")
    return client, server, server.recvfrom(2000)[1]


def udp(opener, v, client_mtu, server_mtu, text):
    client, server, local = udp_pair(opener, v)
    # exactly as much as fits arrives
    result("IPv%d UDP: a client learns the path MTU %d: %s" % (v, client_mtu, text),
           learn(client, v, client_mtu) or fits(client, server, v, client_mtu))
    server.connect(local[:2])
    result("IPv%d UDP: a server learns the path MTU %d: %s" % (v, server_mtu, text),
           learn(server, v, server_mtu) or fits(server, client, v, server_mtu))
    client.close()
    server.close()


def fits(sender, receiver, v, mtu):
    """Problems, when a packet of just the MTU does not arrive; what had come before is of other
    size."""
    size = payload(v, mtu)
    if not send(sender, size):
        return ["EMSGSIZE for a packet of %d bytes" % mtu]
    try:
        while len(receiver.recv(2000)) != size:
            pass
    except OSError as error:
        return ["a packet of %d bytes does not arrive: %s" % (mtu, error)]
    return []


def arrives(put, receiver, data):
    """Does @data, sent by @put(), arrive? IPv6 fragments right only when it knows the path: it
    may take some."""
    receiver.settimeout(SECONDS / 10)
    for _ in range(10):
        put()
        try:
            return receiver.recv(2000) == data
        except TimeoutError:
            pass
    return False


def without_df(opener, v, text):
    """IPv4 is fragmented on the way; IPv6 by the sender."""
    client, server, local = udp_pair(opener, v)
    if v == 4:
        for sock in (client, server):
            sock.setsockopt(LEVEL[v], DISCOVER[v], DONT)
    data = os.urandom(BIG)
    problems = []
    if not arrives(lambda: client.send(data), server, data):
        problems.append("the server does not get it")
    if not arrives(lambda: server.sendto(data, local), client, data):
        problems.append("the client does not get it")
    result("IPv%d UDP: packets that may be fragmented arrive: %s" % (v, text), problems)
    client.close()
    server.close()


def forget(opener, v):
    """Let both ends forget the path MTU: since Linux 7 they would announce it as their MSS, and the other
    end would have nothing to learn."""
    for host in ("c1", "s1"):
        subprocess.run(["ip", "-n", opener.netns[host], "-%d" % v, "route", "flush", "cache"], check=True)


def tcp(opener, v, client_mtu, server_mtu, text):
    forget(opener, v)
    ends = connect(opener, v, TCP)
    data = [os.urandom(300000), os.urandom(300000)]
    got = exchange(ends, data)
    problems = []
    if [bytes(one) for one in got] != data[::-1]:
        problems.append("the server got %d, the client %d bytes" % (len(got[1]), len(got[0])))
    known = [known_mtu(end, v) for end in ends]
    if known != [client_mtu, server_mtu]:
        problems.append("the sockets know of %s bytes" % known)
    result("IPv%d TCP: a transfer both ways goes on over that path, at %d and %d bytes" % (
        v, client_mtu, server_mtu), problems)


def real(client_mtus, server_mtus, text):
    opener = Opener()
    astray = Host(opener, "c2")
    for v, client_mtu, server_mtu in zip((4, 6), client_mtus, server_mtus):
        # IPv6 fragments only when the sender knows: so after it has learned
        udp(opener, v, client_mtu, server_mtu, text)
        without_df(opener, v, text)
        tcp(opener, v, client_mtu, server_mtu, text)
    packet = astray.receive(0)
    result("nothing of it leaves by the default route", [str(packet)] if packet else [])


# ---- what relay and balancer say

def judge_too_big(heard, src, dst, mtu, quoted):
    packet, problems = only("errors", heard)
    if not packet:
        return problems
    kind = b"\3\4" if packet.v == 4 else b"\2\0"
    got = struct.unpack_from("!I", packet.l4, 4)[0]
    if packet.proto not in (pkt.ICMP, pkt.ICMP6) or packet.l4[:2] != kind or packet.sum_error:
        problems.append("%s: not too big" % packet)
    elif (packet.src, packet.dst, got) != (src, dst, mtu):
        problems.append("%s: tells %d, not %s > %s: %d" % (packet, got, src, dst, mtu))
    quote = pkt.Packet(packet.l4[8:])
    want = pkt.Packet(quoted)
    got = quote.src, quote.dst, quote.sport, quote.dport
    if got != (want.src, want.dst, want.sport, want.dport):
        problems.append("%s: quotes %s" % (packet, quote))
    return problems


def flows_by_return_link(rig, proto, v):
    """A flow for each of the two return links; they are chosen at random."""
    flows = {}
    for cport in range(5000, 5100):
        flow = Flow(rig, proto, v, cport).open()
        flows.setdefault(flow.ret, flow)
        if len(flows) == 2:
            return flows
    raise RuntimeError("of 100 flows, none has return link %d" % (3 - flow.ret))


def by_balancer(rig, v):
    """A packet fits on the link that it comes in by, but not on the other; the error tells what
    fits on both."""
    problems = []
    df = {"df": True} if v == 4 else {}
    flows = flows_by_return_link(rig, TCP, v)
    with Drops(rig, problems, b1={"too-big": 2}):
        # in over the link of 1400 bytes, to that of 1300
        flow = flows[2]
        raw = flow.request(bytes(1300), **df)
        heard = rig.run([("r", "b1l1", raw)])["c1"]
        problems += judge_too_big(heard, flow.vip, flow.client, 1300, raw)
        # in over the link of 1300 bytes, to that of 1400, which does not take these segments,
        # either
        flow = flows[1]
        packet = pkt.Packet(flow.request(bytes(5000), **df))
        raw = flow.request(l4=pkt.partial(packet.src, packet.dst, TCP, packet.l4), **df)
        start = 14 + len(raw) - len(packet.l4)
        vnet = Vnet(True, Vnet.TCP4 if v == 4 else Vnet.TCP6, start + 20, 1420, start, 16)
        heard = rig.run([("r", "b1l2", raw, vnet)])
        problems += judge_too_big(heard["c1"], flow.vip, flow.client, 1300, raw)
    result("IPv%d: the balancer tells the client, from the VIP, the smaller MTU of both links" % v,
           problems)


def cut_by_balancer(rig):
    """What the balancer cuts is put together by an identifier of its own: other clients' packets
    come from the same address."""
    flow = flows_by_return_link(rig, UDP, 4)[2]
    raw = flow.request(bytes(1310), ident=0x4343)
    heard = rig.run([("r", "b1l1", raw)])["s1"]
    whole = pkt.join(heard)
    problems = flow.at_server(whole) if whole else ["no whole datagram of %d" % len(heard)]
    problems += ["%s: has the client's identifier" % p for p in heard if p.ident == 0x4343]
    if len(heard) < 2:
        problems.append("it was not cut")
    result("IPv4: the balancer cuts a datagram, with an identifier of its own", problems)


def by_relay(rig, v):
    problems = []
    df = {"df": True} if v == 4 else {}
    flows = flows_by_return_link(rig, UDP, v)
    relay = {4: "198.51.100.254", 6: "2001:db8:c::fe"}[v]
    with Drops(rig, problems, r={"too-big": 4}):
        for flow in flows.values():
            raw = flow.request(bytes(1290), **df)
            heard = rig.run([("c1", "eth0", raw)])["c1"]
            # the kernel answers from an address that it was sent to
            own = v == 6 and os.environ.get("SLB_ENV") == "vip-relay"
            problems += judge_too_big(heard, flow.vip if own else relay, flow.client, 1300, raw)
            raw = flow.reply(bytes(1290), **df)
            heard = rig.run([("s1", "eth0", raw)])["s1"]
            problems += judge_too_big(heard, relay, flow.server, 1300, raw)
    result("IPv%d: the relay tells client and server the smaller MTU of both, over either link" % v,
           problems)


def raw_cases():
    rig = Rig()
    for v in (4, 6):
        by_relay(rig, v)
        by_balancer(rig, v)
    cut_by_balancer(rig)


if sys.argv[1] == "real":
    mtus = [[int(mtu) for mtu in word.split(",")] * 2 for word in sys.argv[2:4]]
    real(mtus[0][:2], mtus[1][:2], sys.argv[4])
else:
    raw_cases()
