# SPDX-License-Identifier: GPL-2.0-only
"""Packets as bytes: builds and parses them, cuts and joins fragments, computes every checksum anew.

Nothing here touches the network or relies on the kernel: it is the oracle of the packet tests.
Addresses are text; the family of a packet follows from them.
"""
import socket
import struct

ICMP, TCP, UDP, ICMP6, SCTP = 1, 6, 17, 58, 132
HOPOPTS, ROUTING, FRAGMENT, ESP, AH, NONE, DSTOPTS, MOBILITY = 0, 43, 44, 50, 51, 59, 60, 135
EXTENSIONS = (HOPOPTS, ROUTING, FRAGMENT, AH, DSTOPTS, MOBILITY)
PROTO_NAME = {ICMP: "ICMP", TCP: "TCP", UDP: "UDP", ICMP6: "ICMPv6", SCTP: "SCTP"}
FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16}
# Where the checksum is in a transport header, and the least length of one, in bytes.
SUM_AT = {ICMP: 2, TCP: 16, UDP: 6, ICMP6: 2, SCTP: 8}
L4_MIN = {TCP: 20, UDP: 8, SCTP: 12}
ETH_IP4, ETH_IP6 = 0x0800, 0x86DD

_addresses = {}


def version(addr):
    return 6 if ":" in addr else 4


def addr_bytes(addr):
    if addr not in _addresses:
        family = socket.AF_INET6 if ":" in addr else socket.AF_INET
        _addresses[addr] = socket.inet_pton(family, addr)
    return _addresses[addr]


def addr_text(data):
    return socket.inet_ntop(socket.AF_INET if len(data) == 4 else socket.AF_INET6, data)


# ---- checksums

def ones_sum(data):
    """The 16 bit ones' complement sum; of big endian words, in 0..0xffff, 0 only of zeros (RFC
    1071)."""
    if len(data) % 2:
        data += b"\0"
    number = int.from_bytes(data, "big")
    return number % 0xFFFF or (0xFFFF if number else 0)


def inet_sum(data):
    return 0xFFFF - ones_sum(data)


def _crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_CRC = _crc_table()


def crc32c(data):
    """As SCTP has it in its header (RFC 9260, appendix A), in bytes."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 0xFF]
    return struct.pack("<I", crc ^ 0xFFFFFFFF)


def pseudo(src, dst, proto, length):
    src, dst = addr_bytes(src), addr_bytes(dst)
    if len(src) == 4:
        return src + dst + struct.pack("!BBH", 0, proto, length)
    return src + dst + struct.pack("!IHBB", length, 0, 0, proto)


def right_sum(src, dst, proto, l4):
    """The bytes that belong into the checksum field of @l4."""
    at = SUM_AT[proto]
    size = 4 if proto == SCTP else 2
    data = l4[:at] + bytes(size) + l4[at + size:]
    if proto == SCTP:
        return crc32c(data)
    if proto != ICMP:
        data = pseudo(src, dst, proto, len(l4)) + data
    value = inet_sum(data)
    return struct.pack("!H", value or (0xFFFF if proto == UDP else 0))


def put_sum(proto, l4, value):
    at = SUM_AT[proto]
    return l4[:at] + value + l4[at + len(value):]


def get_sum(proto, l4):
    at = SUM_AT[proto]
    return l4[at:at + (4 if proto == SCTP else 2)]


def summed(src, dst, proto, l4):
    return put_sum(proto, l4, right_sum(src, dst, proto, l4))


def partial(src, dst, proto, l4):
    """As a sender leaves it to its device: the sum of the pseudo header alone."""
    return put_sum(proto, l4, struct.pack("!H", ones_sum(pseudo(src, dst, proto, len(l4)))))


# ---- building

def ip4(src, dst, proto, payload, tos=0, ident=0x4242, df=False, mf=False, off=0, ttl=64,
        options=b"", total=None):
    """@off is in bytes; @total is the length that the header tells, where it lies."""
    options += bytes(-len(options) % 4)
    size = 20 + len(options)
    if total is None:
        total = size + len(payload)
    head = struct.pack("!BBHHHBBH", 0x40 | size // 4, tos, total, ident,
                       df << 14 | mf << 13 | off // 8, ttl, proto, 0)
    head += addr_bytes(src) + addr_bytes(dst) + options
    return head[:10] + struct.pack("!H", inet_sum(head)) + head[12:] + payload


def ext_options(size=8):
    """The body of a hop-by-hop or destination options header of @size bytes: padding options."""
    body = bytes([size // 8 - 1])
    while len(body) < size - 1:
        length = min(size - 1 - len(body), 250)
        body += bytes([1, length - 2]) + bytes(length - 2)
    return body


def ext_routing(left=0, kind=4):
    return bytes([0, kind, left]) + bytes(4)


def ext_fragment(off, more, ident):
    return struct.pack("!BHI", 0, off | more, ident)


def ip6(src, dst, proto, payload, tos=0, flow=0, ttl=64, ext=(), total=None):
    """@ext is a sequence of (type, what follows the next-header byte)."""
    chain = b""
    for kind, body in reversed(ext):
        chain = bytes([proto]) + body + chain
        proto = kind
    length = len(chain) + len(payload) if total is None else total
    return (struct.pack("!IHBB", 6 << 28 | tos << 20 | flow, length, proto, ttl) +
            addr_bytes(src) + addr_bytes(dst) + chain + payload)


def ip(src, dst, proto, payload, **fields):
    return (ip4 if version(src) == 4 else ip6)(src, dst, proto, payload, **fields)


def tcp(sport, dport, payload=b"", flags="A", seq=1000, ack=2000, options=b""):
    options += bytes(-len(options) % 4)
    bits = sum(FLAGS[f] for f in flags)
    size = 20 + len(options)
    return struct.pack("!HHIIBBHHH", sport, dport, seq, ack, size << 2, bits, 8192, 0,
                       0) + options + payload


def udp(sport, dport, payload=b""):
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def sctp_chunk(kind, body):
    return struct.pack("!BBH", kind, 3 if kind == 0 else 0, 4 + len(body)) + body


def sctp(sport, dport, payload=b"", init=False):
    """One DATA chunk with the payload as its user data, unpadded; or an INIT."""
    head = struct.pack("!IHHI", 7, 0, 0, 0)
    if init:
        chunk = sctp_chunk(1, struct.pack("!IIHHI", 7, 65536, 1, 1, 7))
    else:
        chunk = sctp_chunk(0, head + payload)
    return struct.pack("!HHII", sport, dport, 0 if init else 7, 0) + chunk


def l4(proto, src, dst, sport, dport, payload=b"", first=False, **fields):
    """A transport header and payload, with the right checksum; @first begins a connection."""
    if proto == TCP:
        fields.setdefault("flags", "S" if first else "PA")
        data = tcp(sport, dport, payload, **fields)
    elif proto == UDP:
        data = udp(sport, dport, payload)
    else:
        data = sctp(sport, dport, payload, init=first)
    return summed(src, dst, proto, data)


def icmp(src, dst, kind, code, rest=bytes(4), data=b""):
    proto = ICMP if version(src) == 4 else ICMP6
    return summed(src, dst, proto, struct.pack("!BBH", kind, code, 0) + rest + data)


# ---- parsing

class Packet:
    """What is in one IP packet. Fields that a packet does not have are None.

    src dst      text
    proto, l4    transport protocol, and all behind the IP headers; of a fragment, its part of it
    tos ttl      traffic class and hop limit of IPv6, too
    ident df mf off options      IPv4, fragments of IPv6; off in bytes
    flow exts    IPv6; exts are (type, all bytes of the header)
    cut before   of a fragment: its part of the datagram, and the extension headers before that
    problem      what is wrong with the IP header, or None
    vnet         what the device was told (class Vnet), for who has set it
    """

    def __init__(self, raw):
        self.raw = raw
        self.v = raw[0] >> 4 if raw else 0
        self.ident = self.flow = self.problem = self.vnet = None
        self.df = self.mf = False
        self.off, self.options, self.exts, self.before = 0, b"", [], []
        if self.v == 4:
            self._parse4(raw)
        else:
            self._parse6(raw)
        self.sport = self.dport = None
        if self.proto in L4_MIN and not self.off and len(self.l4) >= 4:
            self.sport, self.dport = struct.unpack_from("!HH", self.l4)

    def _parse4(self, raw):
        (head, self.tos, total, self.ident, frag, self.ttl, self.proto, _) = struct.unpack_from(
            "!BBHHHBBH", raw)
        size = (head & 15) * 4
        self.src, self.dst = addr_text(raw[12:16]), addr_text(raw[16:20])
        self.df, self.mf, self.off = bool(frag & 0x4000), bool(frag & 0x2000), (frag & 0x1FFF) * 8
        self.options = raw[20:size]
        if ones_sum(raw[:size]) != 0xFFFF:
            self.problem = "wrong IPv4 header checksum"
        if total > len(raw):
            self.problem = "IPv4 total length %d of %d bytes" % (total, len(raw))
        self.raw = raw = raw[:total]
        self.l4 = self.cut = raw[size:]
        self.cut_proto = self.proto

    def _parse6(self, raw):
        word, length, self.proto, self.ttl = struct.unpack_from("!IHBB", raw)
        self.tos, self.flow = word >> 20 & 0xFF, word & 0xFFFFF
        self.src, self.dst = addr_text(raw[8:24]), addr_text(raw[24:40])
        if 40 + length > len(raw):
            self.problem = "IPv6 payload length %d of %d bytes" % (length, len(raw) - 40)
        self.raw = raw = raw[:40 + length]
        at = 40
        while self.proto in EXTENSIONS and not self.off and at + 8 <= len(raw):
            size = 8 if self.proto == FRAGMENT else (
                (raw[at + 1] + 2) * 4 if self.proto == AH else (raw[at + 1] + 1) * 8)
            self.exts.append((self.proto, raw[at:at + size]))
            if self.proto == FRAGMENT:
                frag, self.ident = struct.unpack_from("!HI", raw, at + 2)
                self.off, self.mf = frag & 0xFFF8, bool(frag & 1)
                self.before, self.cut, self.cut_proto = self.exts[:-1], raw[at + 8:], raw[at]
            self.proto = raw[at]
            at += size
        self.l4 = raw[at:]

    @property
    def fragment(self):
        return self.mf or self.off > 0

    @property
    def payload(self):
        """What TCP, UDP and SCTP (of the first DATA chunk) carry."""
        if self.proto == TCP:
            return self.l4[(self.l4[12] >> 4) * 4:]
        if self.proto == UDP:
            return self.l4[8:]
        return self.l4[28:]

    @property
    def sum_error(self):
        """0 when the transport checksum is right; else by how much it is off."""
        got = get_sum(self.proto, self.l4)
        want = right_sum(self.src, self.dst, self.proto, self.l4)
        if self.proto == SCTP:
            return int.from_bytes(got, "little") ^ int.from_bytes(want, "little")
        if got == want:
            return 0
        return (int.from_bytes(got, "big") - int.from_bytes(want, "big")) % 0xFFFF or 0x10000

    def __str__(self):
        proto = PROTO_NAME.get(self.proto, self.proto)
        text = "IPv%d %s > %s %s" % (self.v, self.src, self.dst, proto)
        if self.sport is not None:
            text += " %d > %d" % (self.sport, self.dport)
        elif self.proto in (ICMP, ICMP6) and not self.off and len(self.l4) >= 2:
            text += " type %d code %d" % (self.l4[0], self.l4[1])
        if self.fragment:
            text += " fragment %d+%d%s" % (self.off, len(self.l4), " more" if self.mf else "")
        return text + ", %d bytes, TTL %d" % (len(self.raw), self.ttl)


# ---- fragments

def fragment(raw, cuts, ident=None):
    """Fragments of a whole packet, one for each (begin, end) in bytes of its payload.

    An end of None is that of the payload; what reaches it is the last fragment. Begin is a multiple
    of 8; the order is that of the cuts, which may overlap or leave gaps. IPv6 extension headers of
    @raw are part of the payload.
    """
    v4 = raw[0] >> 4 == 4
    head = (raw[0] & 15) * 4 if v4 else 40
    data = raw[head:]
    out = []
    for begin, end in cuts:
        more = end is not None and end < len(data)
        part = data[begin:end]
        if v4:
            fixed = Packet(raw)
            out.append(ip4(fixed.src, fixed.dst, fixed.proto, part, tos=fixed.tos, df=fixed.df,
                           ident=fixed.ident if ident is None else ident, mf=more, off=begin,
                           ttl=fixed.ttl, options=fixed.options))
        else:
            body = bytes([raw[6]]) + ext_fragment(begin, more, ident or 0x42424242)
            length = struct.pack("!HB", len(body) + len(part), FRAGMENT)
            out.append(raw[:4] + length + raw[7:40] + body + part)
    return out


def cuts(length, size):
    """Cuts of equal size, a multiple of 8, in order."""
    return [(at, at + size if at + size < length else None) for at in range(0, length, size)]


def join(packets):
    """The whole packet that fragments make, or None; a packet that is no fragment is whole."""
    if len(packets) == 1 and not packets[0].fragment:
        return packets[0]
    if len({(p.src, p.dst, p.cut_proto, p.ident) for p in packets}) != 1:
        return None
    data = b""
    for part in sorted(packets, key=lambda p: p.off):
        if part.off != len(data) or not part.fragment:
            return None
        data += part.cut
    first = min(packets, key=lambda p: p.off)
    if max(packets, key=lambda p: p.off).mf:
        return None
    fields = dict(tos=first.tos, ttl=first.ttl)
    if first.v == 4:
        fields.update(ident=first.ident, df=first.df, options=first.options)
    else:
        fields.update(flow=first.flow, ext=[(kind, body[1:]) for kind, body in first.before])
    return Packet(ip(first.src, first.dst, first.cut_proto, data, **fields))


# ---- offloads

class Vnet:
    """The header by which a packet socket tells, and is told, what the device is to finish."""

    FORMAT = "=BBHHHH"
    SIZE = struct.calcsize(FORMAT)
    TCP4, TCP6, UDP_L4, UDP_FRAG = 1, 4, 5, 3

    def __init__(self, needs_sum=False, gso=0, head=0, size=0, start=0, offset=0):
        """@gso is a type above, @head the bytes of headers, @size of payload in each segment."""
        self.needs_sum, self.gso, self.head, self.size = needs_sum, gso, head, size
        self.start, self.offset = start, offset

    @classmethod
    def parse(cls, data):
        flags, gso, head, size, start, offset = struct.unpack_from(cls.FORMAT, data)
        return cls(bool(flags & 1), gso & 0x7F, head, size, start, offset)

    def pack(self):
        return struct.pack(self.FORMAT, self.needs_sum, self.gso, self.head, self.size, self.start,
                           self.offset)
