# SPDX-License-Identifier: GPL-2.0-only
"""Real transfers through the balancer, of the kernel's own TCP and SCTP, both ways at once.

Usage: packet_streams.py TEXT        TCP and SCTP
       packet_streams.py TEXT udp    trains of UDP datagrams, that devices may merge on their way
TEXT says under what circumstances.
"""
import os
import select
import socket
import struct
import sys

from rig import CLIENT, SECONDS, SERVER, VIP, Opener, result, skip

SIZE = {socket.IPPROTO_TCP: 10 << 20, socket.IPPROTO_SCTP: 200000}
NAME = {socket.IPPROTO_TCP: "TCP", socket.IPPROTO_SCTP: "SCTP"}
PORT = 80
SCTP_MAXSEG = 13
UDP_SEGMENT, DATAGRAM = 103, 1200
NO_PROTOCOL = (93, 94)  # EPROTONOSUPPORT, ESOCKTNOSUPPORT


def connect(opener, v, proto):
    """A connected pair: the client's end, and the server's."""
    family = socket.AF_INET if v == 4 else socket.AF_INET6
    listener = opener.open("s1", family, socket.SOCK_STREAM, proto)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # SCTP tells all addresses that are not ruled out
    listener.bind((SERVER[v], PORT))
    listener.listen(1)
    listener.settimeout(SECONDS)
    client = opener.open("c1", family, socket.SOCK_STREAM, proto)
    client.bind((CLIENT[v], 0))
    client.settimeout(SECONDS)
    client.connect((VIP[v], PORT))
    ends = client, listener.accept()[0]
    if proto == socket.IPPROTO_SCTP:
        # it waits 3 s for an answer when a packet was too big for the path
        for end in ends:
            end.setsockopt(proto, SCTP_MAXSEG, struct.pack("II", 0, 1300))
    return ends


def exchange(ends, outgoing):
    """Sends what is outgoing at each end, and returns what came in at each."""
    incoming, sent = [bytearray(), bytearray()], [0, 0]
    for end in ends:
        end.setblocking(False)
    while any(len(incoming[1 - n]) < len(outgoing[n]) for n in (0, 1)):
        writers = [ends[n] for n in (0, 1) if sent[n] < len(outgoing[n])]
        readable, writable, _ = select.select(ends, writers, [], SECONDS)
        if not readable and not writable:
            break
        for end in readable:
            data = end.recv(1 << 18)
            if not data:
                return incoming
            incoming[ends.index(end)] += data
        for end in writable:
            n = ends.index(end)
            sent[n] += end.send(memoryview(outgoing[n])[sent[n]:sent[n] + 32768])
    return incoming


def case(opener, v, proto, random):
    size = SIZE[proto]
    text = "IPv%d %s: %d KB each way arrive unaltered, %s" % (
        v, NAME[proto], size >> 10, sys.argv[1])
    try:
        ends = connect(opener, v, proto)
    except OSError as error:
        if error.errno in NO_PROTOCOL:
            skip(text, "the kernel has no " + NAME[proto])
        else:
            result(text, [str(error)])
        return
    data = [random[:size], random[size:2 * size]]
    got = exchange(ends, data)
    problems = []
    if [bytes(one) for one in got] != data[::-1]:
        problems.append("the server got %d, the client %d bytes, not those sent" % (
            len(got[1]), len(got[0])))
    result(text, problems)
    for end in ends:
        end.close()


def trains(opener, v):
    """Datagrams that the kernel is given ten at a time arrive one by one, whole and in order."""
    family = socket.AF_INET if v == 4 else socket.AF_INET6
    server = opener.open("s1", family, socket.SOCK_DGRAM)
    server.bind((SERVER[v], PORT))
    client = opener.open("c1", family, socket.SOCK_DGRAM)
    client.connect((VIP[v], PORT))
    client.send(b"hello")
    server.settimeout(SECONDS)
    client.settimeout(SECONDS)
    _, local = server.recvfrom(100)
    server.connect(local[:2])
    problems = []
    for sender, receiver in ((client, server), (server, client)):
        sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, DATAGRAM)
        for _ in range(20):
            data = os.urandom(10 * DATAGRAM - 7)
            sender.send(data)
            want = [data[at:at + DATAGRAM] for at in range(0, len(data), DATAGRAM)]
            try:
                got = [receiver.recv(65536) for _ in want]
            except TimeoutError:
                got = []
            if got != want:
                problems.append("a train of datagrams is not what was sent")
    result("IPv%d UDP: trains of datagrams arrive one by one, unaltered, %s" % (v, sys.argv[1]),
           problems)
    client.close()
    server.close()


def main():
    opener = Opener()
    if sys.argv[2:] == ["udp"]:
        trains(opener, 4)
        trains(opener, 6)
        return
    random = os.urandom(2 * max(SIZE.values()))
    for proto in SIZE:
        for v in (4, 6):
            case(opener, v, proto, random)


if __name__ == "__main__":
    main()
