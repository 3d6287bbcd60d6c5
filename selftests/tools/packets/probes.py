#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Forged probes of links: hears true ones, sends what looks like one.

probes.py hear DEV FILE              keeps what a probe that comes in on DEV says
probes.py say SRC DST TTL FILE       says the same again
probes.py forge SRC DST TTL KIND... [-- SRC DST TTL KIND...]
                                     sends one, of either family, or one of each kind; KIND is
    down, admin-down, up     without the receiver's number, as at the beginning
    wrong-number             down, with a number that is not the receiver's
    wrong-sum                down, with a bad UDP checksum
    cut, random              too short, and not like a probe at all
    ask, ask-wrong-number, ask-wrong-sum, ask-reflector, ask-undemanding
                             a request (S-BFD) as it should be, and with one thing that should not be
    answer, answer-down      up and admin-down, to a request that the receiver has not made
Nothing is received; SRC need not be an address of this host.
"""
import os
import socket
import struct
import sys

import pkt

PORT, SPORT, REFLECTOR = 3784, 49152, 7784
FROM_BALANCER, FROM_RELAY = 0x534C4221, 0x534C4222
STATES = {"admin-down": 0, "down": 1, "up": 3, "answer": 3, "answer-down": 0}


def hear(dev, path):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(pkt.ETH_IP4))
    sock.bind((dev, pkt.ETH_IP4))
    sock.settimeout(20)
    while True:
        data, addr = sock.recvfrom(2048)
        if addr[2] != socket.PACKET_HOST or data[9] != pkt.UDP:
            continue
        if struct.unpack_from("!H", data, 22)[0] == PORT:
            with open(path, "wb") as file:
                file.write(data[28:])
            return


def say(src, dst, ttl, payload, spoil=0, ports=(SPORT, PORT)):
    udp = struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload
    check = int.from_bytes(pkt.right_sum(src, dst, pkt.UDP, udp), "big") ^ spoil
    udp = udp[:6] + struct.pack("!H", check) + udp[8:]
    if ":" in dst:
        ip = struct.pack("!IHBB16s16s", 0x6C000000, len(udp), pkt.UDP, int(ttl),
                         pkt.addr_bytes(src), pkt.addr_bytes(dst))
        sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
        sock.sendto(ip + udp, (dst, 0))
        return
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0xC0, 20 + len(udp), 0, 0x4000, int(ttl), pkt.UDP, 0,
                     pkt.addr_bytes(src), pkt.addr_bytes(dst))
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    sock.sendto(ip + udp, (dst, 0))


def reflector_number(addr):
    number = 0
    for (word,) in struct.iter_unpack("!I", pkt.addr_bytes(addr)):
        number ^= word
    return number


def ports_of(kind):
    if kind == "ask-reflector":
        return REFLECTOR, REFLECTOR
    if kind.startswith("ask"):
        return SPORT, REFLECTOR
    return (REFLECTOR, SPORT) if kind.startswith("answer") else (SPORT, PORT)


def forge(src, dst, ttl, kind):
    state = STATES.get(kind, STATES["down"])
    demand = 2 if kind.startswith("ask") and kind != "ask-undemanding" else 0
    mine = reflector_number(src) if kind.startswith("answer") else 0x11223344
    number = 0x12345678 if kind in ("wrong-number", "answer", "answer-down") else 0
    if kind.startswith("ask"):
        number = reflector_number(dst) ^ (kind == "ask-wrong-number")
    diag = 7 if kind in ("admin-down", "answer-down") else 0
    payload = struct.pack("!BBBBIIIII", 1 << 5 | diag, state << 6 | demand, 3, 24, mine, number,
                          1000000, 100000, 0)
    # of the addresses of a link the relay has the odd one
    mark = FROM_BALANCER if pkt.addr_bytes(dst)[-1] % 2 else FROM_RELAY
    payload += struct.pack("!I", mark) + bytes(60)
    if kind == "cut":
        payload = payload[:30]
    elif kind == "random":
        payload = os.urandom(len(payload))
    say(src, dst, ttl, payload, 0x5555 if kind.endswith("wrong-sum") else 0, ports_of(kind))


def main(command, *args):
    if command == "hear":
        hear(*args)
    elif command == "say":
        with open(args[3], "rb") as file:
            say(*args[:3], file.read())
    else:
        for group in " ".join(args).split(" -- "):
            src, dst, ttl, *kinds = group.split()
            for kind in kinds:
                forge(src, dst, ttl, kind)


main(*sys.argv[1:])
