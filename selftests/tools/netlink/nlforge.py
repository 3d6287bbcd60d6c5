#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Pretends to be a peer of slb-syncd, or a peer of its WireGuard device.

Usage: nlforge.py tcp FROM ADDR NAME COUNT FILE   connects, says hello as NAME, and sends COUNT messages of one record
                                          each: in turn one of FILE (nlsync.py dump) and one of random bytes.
                                          Prints "connected N sent N answers N"
       nlforge.py udp FROM ADDR COUNT     sends COUNT random datagrams to port 51820, each with a type of WireGuard
"""
import errno
import random
import select
import socket
import struct
import sys

import nlsync

PORT, WIREGUARD = 3784, 51820
HELLO, BEGIN, RECORDS = 1, 2, 3
EACH = 1000      # messages of a connection


def message(kind, number, body=b""):
    return struct.pack("!IB3xI", 12 + len(body), kind, number) + body


def hello(name, ranges):
    return message(HELLO, 0, struct.pack("!IHHHBBII32s", 0x534C4253, 1, 1, nlsync.RECORD.size, len(ranges), 0, 0, 0,
                                         name.encode()) + b"".join(ranges))


def connect(source, addr):
    sock = socket.socket()
    sock.bind((source, 0))
    sock.settimeout(3)
    try:
        sock.connect((addr, PORT))
    except OSError:
        return None
    return sock


def answers(sock):
    """Bytes that have come."""
    got = 0
    while select.select([sock], [], [], 0.2)[0]:
        try:
            data = sock.recv(65536)
        except OSError:
            break
        if not data:
            break
        got += len(data)
    return got


def send(sock, name, count, records):
    """Sends some messages; how many went out."""
    rng = random.Random(1)
    ranges = [nlsync.ranges("10.250.0.1-10.250.0.4")]
    try:
        sock.sendall(hello(name, ranges) + message(BEGIN, 1))
        for i in range(count):
            record = rng.randbytes(nlsync.RECORD.size) if i % 2 else records[i // 2 % len(records)]
            sock.sendall(message(RECORDS, i + 2, record))
    except OSError as error:
        if error.errno not in (errno.ECONNRESET, errno.EPIPE):
            raise
        return i if "i" in locals() else 0
    return count


def forge_tcp(source, addr, name, count, path):
    data = nlsync.read(path)
    records = [data[at:at + nlsync.RECORD.size] for at in range(0, len(data), nlsync.RECORD.size)]
    total = {"connected": 0, "sent": 0, "answers": 0}
    for begin in range(0, count, EACH):
        sock = connect(source, addr)
        if not sock:
            # nothing listens there for us: a few more tries are enough to see that
            if begin > 20 * EACH:
                break
            continue
        with sock:
            total["connected"] += 1
            total["sent"] += send(sock, name, min(EACH, count - begin), records)
            total["answers"] += answers(sock)
    print(*("%s %d" % item for item in total.items()))


def forge_udp(source, addr, count):
    rng, sent = random.Random(2), 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((source, 0))
        sock.connect((addr, WIREGUARD))
        for i in range(count):
            kind, size = ((1, 148), (2, 92), (3, 64), (4, 128))[i % 4]
            try:
                sent += sock.send(struct.pack("<I", kind) + rng.randbytes(size - 4)) == size
            except OSError:
                pass
    print("sent %d" % sent)


if __name__ == "__main__":
    if sys.argv[1] == "tcp":
        forge_tcp(sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]), sys.argv[6])
    else:
        forge_udp(sys.argv[2], sys.argv[3], int(sys.argv[4]))
