#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What a client's socket is told by the routers on the way to a VIP, and by the server's closed port.

env_errors.py PORT ADDR...
    Sends UDP to a port that no server has open, with a TTL of 1, 2, 3, ... until it is told that the port is
    closed. Prints "TTL TYPE/CODE SENDER" for each, and fails when one is silent.
"""
import errno
import os
import select
import socket
import struct
import sys

SECONDS = 2 * int(os.environ.get("SLB_SLOWNESS") or 1)
# level; IP_RECVERR; IP_TTL; where the address of the sender is in a struct sockaddr
LEVELS = {socket.AF_INET: (socket.IPPROTO_IP, 11, socket.IP_TTL, slice(4, 8)),
          socket.AF_INET6: (socket.IPPROTO_IPV6, 25, socket.IPV6_UNICAST_HOPS, slice(8, 24))}
HOPS_MAX = 8
EXTENDED = 16  # bytes of a struct sock_extended_err


def told(sock, family):
    """Type, code and sender of the ICMP error that the socket got, or None."""
    poll = select.poll()
    poll.register(sock, 0)
    if not poll.poll(SECONDS * 1000):
        return None
    _, control, _, _ = sock.recvmsg(0, 512, socket.MSG_ERRQUEUE)
    data = control[0][2]
    where = LEVELS[family][3]
    code = struct.unpack_from("IBBBB", data)
    return code[0], code[2], code[3], socket.inet_ntop(family, data[EXTENDED:][where])


def trace(addr, port):
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    level, recverr, ttl, _ = LEVELS[family]
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(level, recverr, 1)
        sock.connect((addr, port))
        for hops in range(1, HOPS_MAX + 1):
            sock.setsockopt(level, ttl, hops)
            sock.send(b"?")
            error = told(sock, family)
            if not error:
                print("%d: silence" % hops)
                return False
            print("%d %d/%d %s" % (hops, *error[1:]))
            if error[0] == errno.ECONNREFUSED:
                return True
    return False


sys.exit(not all([trace(addr, int(sys.argv[1])) for addr in sys.argv[2:]]))
