# SPDX-License-Identifier: GPL-2.0-only
"""The cases of packet_address.sh: segments of sessions whose server learns the client's address.

Usage: packet_address.py toa|proxy
"""
import ipaddress
import socket
import struct
import sys

import pkt
from pkt import TCP, Packet
from rig import Drops, Flow, Rig, result

ISN, SERVER_ISN = 0xFFFFFFF0, 0x7FFFFFF0
MSS = b"\x02\x04\x05\xb4"
FAST_OPEN = b"\x22\x02\x01\x01"
MPTCP = b"\x1e\x04\x01\x00"
FORGED = b"\xfe\x08\x04\xd2\x01\x02\x03\x04"
STAMP = b"\x01\x01\x08\x0a" + struct.pack("!II", 1000, 2000)
WINDOW_AT = 14


def toa(flow):
    """The option that the server must get."""
    addr = ipaddress.ip_address(flow.client).packed
    return bytes([254, 4 + len(addr)]) + struct.pack("!H", flow.cport) + addr


def header(flow):
    """The PROXY header that the server must get."""
    ends = ipaddress.ip_address(flow.client).packed + ipaddress.ip_address(flow.vip).packed
    ends += struct.pack("!HH", flow.cport, flow.vport)
    kind = 0x11 if flow.v == 4 else 0x21
    return b"\r\n\r\n\0\r\nQUIT\n\x21" + bytes([kind]) + struct.pack("!H", len(ends)) + ends


class Segment:
    """The TCP header of a packet."""

    def __init__(self, packet):
        self.seq, self.ack = struct.unpack_from("!II", packet.l4, 4)
        size = (packet.l4[12] >> 4) * 4
        self.flags = packet.l4[13]
        self.window = struct.unpack_from("!H", packet.l4, WINDOW_AT)[0]
        self.options = packet.l4[20:size]
        self.data = packet.l4[size:]

    def __str__(self):
        return "seq %#x ack %#x flags %#x window %d options %s, %d bytes of data" % (
            self.seq, self.ack, self.flags, self.window, self.options.hex(), len(self.data))


def differs(packet, **want):
    """What is not as it must be in a packet that arrived."""
    got = Segment(packet)
    wrong = []
    for name, value in want.items():
        if isinstance(value, int):
            value %= 2 ** 32
        if getattr(got, name) != value:
            wrong.append("%s is %s, not %s: %s" % (name, getattr(got, name), value, got))
    if packet.sum_error:
        wrong.append("the checksum is wrong: %s" % got)
    if packet.problem:
        wrong.append(packet.problem)
    return wrong


def wrapped(fields):
    """Sequence numbers of 32 bits."""
    return {name: value % 2 ** 32 if name in ("seq", "ack") else value for name, value in fields.items()}


class Session:
    """A connection that is opened by hand, and what is wrong with what arrived."""
    port = 2000

    def __init__(self, rig, v):
        Session.port += 1
        self.rig, self.flow, self.wrong = rig, Flow(rig, TCP, v, Session.port), []

    def ask(self, want, payload=b"", **fields):
        """A segment of the client: what must arrive at the server of it, in order, one dict each."""
        packet = self.flow.request(l4=self.flow.request_l4(payload, **wrapped(fields)))
        got = self.rig.from_client(packet)
        if want and self.flow.local is None and got:
            self.flow.learn(got[0])
        self.compare("client", fields, got, want)

    def tell(self, want, payload=b"", **fields):
        """A segment of the server."""
        packet = self.flow.reply(l4=self.flow.reply_l4(payload, **wrapped(fields)))
        self.compare("server", fields, self.rig.from_server(packet), want)

    def compare(self, who, fields, got, want):
        if len(got) != len(want):
            self.wrong.append("%s's %s: %d packets, not %d: %s" % (
                who, fields, len(got), len(want), [str(Segment(packet)) for packet in got]))
            return
        for packet, parts in zip(got, want):
            self.wrong += ["%s's %s: %s" % (who, fields, text) for text in differs(packet, **parts)]

    def handshake(self, ack_want):
        self.ask([{"seq": ISN, "flags": 2}], flags="S", seq=ISN, ack=0, options=MSS)
        self.tell([{"ack": ISN + 1, "flags": 0x12}], flags="SA", seq=SERVER_ISN, ack=ISN + 1, options=MSS)
        self.ask(ack_want, flags="A", seq=ISN + 1, ack=SERVER_ISN + 1)

    def end(self, text):
        result("IPv%d: %s" % (self.flow.v, text), self.wrong)
        self.wrong = []


def toa_cases(rig, v):
    s = Session(rig, v)
    size = 8 if v == 4 else 20
    s.ask([{"options": MSS + bytes([1] * 12)}], flags="S", seq=ISN, ack=0, options=MSS + FAST_OPEN + FORGED)
    s.end("a SYN has neither Fast Open nor an option 254")
    s.tell([{"options": struct.pack("!BBH", 2, 4, 1460 - size)}], flags="SA", seq=SERVER_ISN, ack=ISN + 1, options=MSS)
    s.end("the SYN-ACK has a smaller MSS")
    s.ask([{"options": toa(s.flow), "data": b"", "seq": ISN + 1}], flags="A", seq=ISN + 1, ack=SERVER_ISN + 1)
    s.ask([{"options": toa(s.flow) + STAMP, "data": b"request", "seq": ISN + 1}], b"request", flags="A", seq=ISN + 1,
          ack=SERVER_ISN + 1, options=STAMP)
    s.end("the ACK and the first data have the option")
    s.ask([{"options": toa(s.flow) + bytes([1] * 8), "data": b"x"}], b"x", flags="A", seq=ISN + 8, ack=SERVER_ISN + 1,
          options=FORGED)
    s.end("an option 254 of the client is replaced")
    s.ask([{"options": bytes([1] * 40), "data": b"y"}], b"y", flags="A", seq=ISN + 9, ack=SERVER_ISN + 1,
          options=bytes([1] * 40))
    full = bytes(1460 if v == 4 else 1440)
    s.ask([{"options": b"", "data": full}], full, flags="A", seq=ISN + 10, ack=SERVER_ISN + 1)
    s.end("without room the segment goes on as it is")
    s.tell([{"data": b"answer", "ack": ISN + 20}], b"answer", flags="A", seq=SERVER_ISN + 1, ack=ISN + 20)
    s.ask([{"options": b"", "data": b"z"}], b"z", flags="A", seq=ISN + 20, ack=SERVER_ISN + 7)
    s.end("after the server's first data no segment has it")
    again = ISN + 5000
    s.tell([{"flags": 0x11}], flags="FA", seq=SERVER_ISN + 7, ack=ISN + 21)
    s.ask([{"seq": again, "flags": 2}], flags="S", seq=again, ack=0, options=MSS)
    s.tell([{"options": struct.pack("!BBH", 2, 4, 1460 - size)}], flags="SA", seq=SERVER_ISN + 9000, ack=again + 1,
           options=MSS)
    s.ask([{"options": toa(s.flow), "data": b"next"}], b"next", flags="A", seq=again + 1, ack=SERVER_ISN + 9001)
    s.end("the next connection of the session has it again")


def proxy_cases(rig, v):
    size = 28 if v == 4 else 52
    s = Session(rig, v)
    s.ask([{"options": MSS + bytes([1] * 8), "data": b"", "seq": ISN}], b"early data", flags="S", seq=ISN, ack=0,
          options=MSS + FAST_OPEN + MPTCP)
    s.end("a SYN has neither Fast Open with its data nor Multipath TCP")
    s.tell([{"ack": ISN + 1, "window": 8192 - size, "options": MSS}], flags="SA", seq=SERVER_ISN, ack=ISN + 1,
           options=MSS)
    s.end("the SYN-ACK has a smaller window")
    first = {"seq": ISN + 1, "ack": SERVER_ISN + 1, "data": header(s.flow), "flags": 0x18, "options": STAMP}
    s.ask([first], flags="A", seq=ISN + 1, ack=SERVER_ISN + 1, options=STAMP)
    s.end("the ACK becomes the segment of the header")
    s.ask([{"seq": ISN + 1 + size, "data": b"one"}], b"one", flags="A", seq=ISN + 1, ack=SERVER_ISN + 1)
    s.end("data have shifted numbers")
    sack = struct.pack("!BBBBII", 1, 1, 5, 10, (ISN + 1 + size) % 2 ** 32, (ISN + 4 + size) % 2 ** 32)
    back = struct.pack("!BBBBII", 1, 1, 5, 10, (ISN + 1) % 2 ** 32, (ISN + 4) % 2 ** 32)
    s.tell([{"ack": ISN + 1, "options": back}], flags="A", seq=SERVER_ISN + 1, ack=ISN + 1, options=sack)
    s.end("a server without the header acknowledges nothing, and what it has has the client's numbers")
    s.ask([dict(first, options=b"")], flags="A", seq=ISN, ack=SERVER_ISN + 1, payload=b"?")
    s.end("a keepalive from before the first byte sends the header again")
    with Drops(rig, s.wrong, b1={}):
        s.tell([{"ack": ISN + 4}], flags="A", seq=SERVER_ISN + 1, ack=ISN + 4 + size)
    dup = struct.pack("!BBBBII", 1, 1, 5, 10, (ISN + 1) % 2 ** 32, (ISN + 1 + size) % 2 ** 32)
    s.tell([{"ack": ISN + 4, "options": bytes([1] * 12)}], flags="A", seq=SERVER_ISN + 1, ack=ISN + 4 + size, options=dup)
    s.end("a report of a second header does not reach the client")
    s.ask([{"seq": ISN + 4 + size, "data": b"two"}], b"two", flags="A", seq=ISN + 4, ack=SERVER_ISN + 1)
    s.tell([{"ack": ISN + 7, "data": b"answer"}], b"answer", flags="A", seq=SERVER_ISN + 1, ack=ISN + 7 + size)
    s.end("later segments have shifted numbers in both directions")
    s.ask([{"seq": ISN + 7 + size, "flags": 0x14}], flags="RA", seq=ISN + 7, ack=SERVER_ISN + 7)
    s.end("a reset, too")


def reset_cases(rig, v):
    size = 28 if v == 4 else 52
    s = Session(rig, v)
    s.handshake([{"data": header(s.flow)}])
    with Drops(rig, s.wrong, b1={"reset-early": 15}):
        for _ in range(3):
            for _ in range(5):
                s.tell([], flags="R", seq=SERVER_ISN + 1, ack=0)
            s.ask([{"data": header(s.flow), "seq": ISN + 1}, {"data": b"again", "seq": ISN + 1 + size}], b"again",
                  flags="A", seq=ISN + 1, ack=SERVER_ISN + 1)
    s.tell([{"flags": 4}], flags="R", seq=SERVER_ISN + 1, ack=0)
    s.end("resets of a server that has lost the header are kept from the client, but not after the fourth header")

    s = Session(rig, v)
    s.ask([{"seq": ISN}], flags="S", seq=ISN, ack=0, options=MSS)
    s.tell([{"ack": ISN + 1}], flags="SA", seq=SERVER_ISN, ack=ISN + 1, options=MSS)
    s.ask([{"seq": ISN + 1, "flags": 4}], flags="R", seq=ISN + 1, ack=0)
    s.end("a reset before the header has the number that the server expects")

    s = Session(rig, v)
    s.ask([{"seq": ISN}], flags="S", seq=ISN, ack=0, options=MSS)
    s.tell([{"ack": ISN + 1, "flags": 0x14}], flags="RA", seq=0, ack=ISN + 1)
    s.ask([{"seq": ISN + 1, "data": b""}], flags="A", seq=ISN + 1, ack=1)
    s.end("a server that has refused gets no header")

    s = Session(rig, v)
    s.handshake([{"data": header(s.flow)}])
    s.tell([{"flags": 0x11, "ack": ISN + 1}], flags="FA", seq=SERVER_ISN + 1, ack=ISN + 1 + size)
    again = ISN + 5000
    s.ask([{"seq": again, "flags": 2}], flags="S", seq=again, ack=0, options=MSS)
    s.tell([{"ack": again + 1, "flags": 0x14}], flags="RA", seq=0, ack=again + 1)
    s.end("a refusal of the session's next connection keeps its number")


def error_cases(rig, v):
    size = 28 if v == 4 else 52
    s = Session(rig, v)
    s.handshake([{"data": header(s.flow)}])
    quoted = pkt.ip(s.flow.local, s.flow.server, TCP, pkt.l4(TCP, s.flow.local, s.flow.server, s.flow.lport, s.flow.sport,
                                                             b"data", flags="A", seq=(ISN + 1 + size) % 2 ** 32, ack=1))
    proto, kind, code = (pkt.ICMP, 3, 1) if v == 4 else (pkt.ICMP6, 1, 0)
    error = pkt.ip(s.flow.server, s.flow.local, proto, pkt.icmp(s.flow.server, s.flow.local, kind, code, data=quoted))
    got = rig.run([("s1", "eth0", error)])["c1"]
    quote = Packet(got[0].l4[8:]) if len(got) == 1 else None
    if not quote or Segment(quote).seq != (ISN + 1) % 2 ** 32:
        s.wrong.append("the client's error: %s" % (Segment(quote) if quote else got))
    s.end("an ICMP error quotes the client's number")


def main():
    rig = Rig()
    # sessions of the other mode may still be there
    Session.port = {"toa": 2000, "proxy": 3000}[sys.argv[1]]
    for v in (4, 6):
        for cases in {"toa": (toa_cases,), "proxy": (proxy_cases, reset_cases, error_cases)}[sys.argv[1]]:
            cases(rig, v)


if __name__ == "__main__":
    main()
