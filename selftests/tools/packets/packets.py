#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Sends single packets made to measure: any protocol, ICMP errors, fragments, broken headers.

Usage: packets.py PACKET [';' PACKET]...      or, without arguments, one PACKET on each line of the input

    PACKET  PROTO SRC DST [KEY=VALUE]... [quote PACKET]
    PROTO   tcp udp sctp echo reply error, or a protocol number
    SRC     ADDR[@PORT]; of an echo, the port is its identifier

    ttl=N  len=BYTES of payload  flags=LETTERS of FSRPA, or - (tcp)  df=1  id=N
    seq=N ack=N win=N spoil=N  of tcp; N is put into the checksum by XOR
    type=N code=N mtu=BYTES  of an ICMP error; then `quote PACKET` is what it quotes
    quoted=BYTES   how much of the quoted packet is there (default: its headers and 8 bytes)
    cut=BYTES      only so much of the packet, IP header included
    frag=A,B...    sent as fragments that begin at these bytes of what follows the IP header; 0 is one of
                   them; they are sent in this order
    options=HEX    IPv4 options, padded to 4 bytes
    ext=N[,N]...   IPv6 extension headers: 0 hop-by-hop, 60 destination, 43 routing type 0

Packets go out by raw sockets: routes and neighbours of the host are used, its own addresses are not.
"""
import socket
import struct
import sys

NUMBER = {"tcp": 6, "udp": 17, "sctp": 132}
FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16}


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Packet:
    """One packet, from its description in words."""

    def __init__(self, words):
        self.proto, src, dst = words[:3]
        self.src, self.sport = self.end(src)
        self.dst, self.dport = self.end(dst)
        self.family = socket.AF_INET6 if ":" in self.src else socket.AF_INET
        self.key = {}
        self.inner = None
        for i, word in enumerate(words[3:], 3):
            if word == "quote":
                self.inner = Packet(words[i + 1:])
                break
            name, value = word.split("=", 1)
            self.key[name] = value

    @staticmethod
    def end(text):
        addr, _, port = text.partition("@")
        return addr, int(port or 0)

    def number(self, name, default):
        return int(str(self.key.get(name, default)), 0)

    def addresses(self):
        return (socket.inet_pton(self.family, self.src), socket.inet_pton(self.family, self.dst))

    def protocol(self):
        if self.proto in ("echo", "reply", "error"):
            return 1 if self.family == socket.AF_INET else 58
        return NUMBER.get(self.proto) or int(self.proto)

    def pseudo(self, length):
        src, dst = self.addresses()
        if self.family == socket.AF_INET:
            return src + dst + struct.pack("!BBH", 0, self.protocol(), length)
        return src + dst + struct.pack("!IHBB", length, 0, 0, self.protocol())

    def summed(self, data, offset, pseudo=True):
        head = self.pseudo(len(data)) if pseudo else b""
        value = checksum(head + data) or (0xFFFF if self.proto == "udp" else 0)
        return data[:offset] + struct.pack("!H", value) + data[offset + 2:]

    def icmp(self, kind, code, rest):
        return self.summed(struct.pack("!BBH", kind, code, 0) + rest, 2,
                           self.family == socket.AF_INET6)

    def transport(self):
        data = bytes(i & 0xFF for i in range(self.number("len", 0)))
        ports = struct.pack("!HH", self.sport, self.dport)
        if self.proto == "tcp":
            flags = sum(FLAGS[f] for f in self.key.get("flags", "S") if f != "-")
            data = self.summed(ports + struct.pack("!IIBBHHH", self.number("seq", 1), self.number("ack", 0), 0x50,
                                                   flags, self.number("win", 1024), 0, 0) + data, 16)
            return data[:16] + bytes([data[16] ^ self.number("spoil", 0)]) + data[17:]
        if self.proto == "udp":
            return self.summed(ports + struct.pack("!HH", 8 + len(data), 0) + data, 6)
        if self.proto == "sctp":
            # the relay does not look at the CRC
            return ports + struct.pack("!IIBBH", 0, 0, 1, 0, 4 + len(data)) + data
        if self.proto in ("echo", "reply"):
            kind = (8, 0) if self.family == socket.AF_INET else (128, 129)
            return self.icmp(kind[self.proto == "reply"], 0, struct.pack("!HH", self.sport, 1) + data)
        if self.proto == "error":
            quoted = self.inner.whole()
            quoted = quoted[:self.number("quoted", self.inner.header_len() + 8)]
            return self.icmp(self.number("type", 3), self.number("code", 0),
                             struct.pack("!I", self.number("mtu", 0)) + quoted)
        return data

    def options(self):
        data = bytes.fromhex(self.key.get("options", ""))
        return data + bytes(-len(data) % 4)

    def header_len(self):
        return 20 + len(self.options()) if self.family == socket.AF_INET else 40

    def header4(self, length, frag):
        src, dst = self.addresses()
        options = self.options()
        head = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(options) + length,
                           self.number("id", 0x5151), frag | self.number("df", 0) << 14,
                           self.number("ttl", 64), self.protocol(), 0) + src + dst + options
        return head[:10] + struct.pack("!H", checksum(head)) + head[12:]

    def header6(self, length, following):
        src, dst = self.addresses()
        return struct.pack("!IHBB", 6 << 28, length, following, self.number("ttl", 64)) + src + dst

    def extensions(self):
        """The extension headers, and the type of the first one."""
        chain, following = b"", self.protocol()
        for number in reversed([int(n) for n in self.key.get("ext", "").split(",") if n]):
            # padding; or a routing header with one segment left
            body = b"\1\4\0\0\0\0" if number != 43 else b"\0\1\0\0\0\0"
            chain = bytes([following, 0]) + body + chain
            following = number
        return chain, following

    def whole(self):
        data = self.transport()
        if self.family == socket.AF_INET:
            return self.header4(len(data), 0) + data
        chain, following = self.extensions()
        return self.header6(len(chain + data), following) + chain + data

    def fragments(self, starts):
        data = self.transport()
        for start in starts:
            end = min([s for s in starts if s > start], default=len(data))
            part, more = data[start:end], end < len(data)
            if self.family == socket.AF_INET:
                yield self.header4(len(part), start // 8 | more << 13) + part
            else:
                head = struct.pack("!BBHI", self.protocol(), 0, start | more, self.number("id", 0x5151))
                yield self.header6(8 + len(part), 44) + head + part

    def packets(self):
        if "frag" in self.key:
            return list(self.fragments([int(s) for s in self.key["frag"].split(",")]))
        data = self.whole()
        return [data[:self.number("cut", len(data))]]


def main():
    text = " ".join(sys.argv[1:]).replace(";", "\n") if len(sys.argv) > 1 else sys.stdin.read()
    sockets = {
        socket.AF_INET: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
        socket.AF_INET6: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW),
    }
    sockets[socket.AF_INET6].setsockopt(socket.IPPROTO_IPV6, 36, 1)  # IPV6_HDRINCL
    for line in text.splitlines():
        if not line.strip():
            continue
        packet = Packet(line.split())
        for data in packet.packets():
            sockets[packet.family].sendto(data, (packet.dst, 0))


main()
