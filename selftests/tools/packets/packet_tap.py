# SPDX-License-Identifier: GPL-2.0-only
"""Writes to a tap what a guest leaves to be segmented: a UDP datagram, a TCP SYN, and its data.

Usage: packet_tap.py DEV SRC DST
The datagram makes 3 packets, the data 4; both lengths say so only if headers are not counted.
Prints how many packets that makes; without the datagram if the kernel's taps do not take it.
"""
import os
import sys

import pkt
from pkt import TCP, UDP, Vnet
from tap import open_tap, takes_udp_segments

DEV, SRC, DST = sys.argv[1:]
SIZE = 1000

udp = takes_udp_segments()
tap = open_tap(DEV)
with open("/sys/class/net/%s/address" % DEV, encoding="ascii") as mac:
    ETHERNET = bytes.fromhex(mac.read().strip().replace(":", "")) + bytes.fromhex("02000000000a0800")


def write(proto, data, **fields):
    l4 = pkt.l4(proto, SRC, DST, 7000, 80, data, **fields)
    vnet = Vnet()
    if data:
        l4 = pkt.partial(SRC, DST, proto, l4)
        kind = Vnet.TCP4 if proto == TCP else Vnet.UDP_L4
        vnet = Vnet(True, kind, 34 + pkt.L4_MIN[proto], SIZE, 34, pkt.SUM_AT[proto])
    os.write(tap, vnet.pack() + ETHERNET + pkt.ip(SRC, DST, proto, l4))


if udp:
    write(UDP, bytes(3 * SIZE))
write(TCP, b"", first=True)
write(TCP, bytes(4 * SIZE))
print(8 if udp else 5)
