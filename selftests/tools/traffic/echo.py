#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Answers, or asks, over TCP, UDP and SCTP: who are you, and whom do you see?

echo.py serve NAME PORT                          answers "NAME ADDR PORT" to each line or datagram
echo.py ask PROTO[,...] ADDR[,...] PORT COUNT [SOURCE-PORT]
                                                 asks COUNT times over each protocol at each address, a
                                                 flow each; prints "OWN-PORT NAME PEER-ADDR PEER-PORT" for
                                                 each answer
"""
import contextlib
import selectors
import socket
import sys

SCTP = 132
TIMEOUT = 5


def own_address(family, to=None):
    """The address that this host has towards another one; any, where it has none."""
    to = to or ("2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1")
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((to, 9))
            return sock.getsockname()[0]
        except OSError:
            return "::" if family == socket.AF_INET6 else "0.0.0.0"


def listener(family, kind, proto, port):
    """A bound socket, or None where the kernel has no such protocol.

    With SCTP, all addresses that a socket may use are told to the other end, which then tries them.
    """
    try:
        sock = socket.socket(family, kind, proto)
    except OSError:
        return None
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if proto == SCTP:
        sock.bind((own_address(family), port))
    else:
        sock.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", port))
    if kind == socket.SOCK_STREAM:
        sock.listen(128)
    return sock


def answer(name, peer):
    return f"{name} {peer[0]} {peer[1]}\n".encode()


def serve(name, port):
    selector = selectors.DefaultSelector()
    for family in (socket.AF_INET, socket.AF_INET6):
        for kind, proto in ((socket.SOCK_STREAM, 0), (socket.SOCK_DGRAM, 0), (socket.SOCK_STREAM, SCTP)):
            sock = listener(family, kind, proto, port)
            if sock:
                selector.register(sock, selectors.EVENT_READ, kind)
    print("listening", flush=True)
    while True:
        for key, _ in selector.select():
            if key.data == socket.SOCK_DGRAM:
                data, peer = key.fileobj.recvfrom(65535)
                if data:
                    key.fileobj.sendto(answer(name, peer), peer)
            elif key.data == socket.SOCK_STREAM:
                conn, peer = key.fileobj.accept()
                selector.register(conn, selectors.EVENT_READ, peer)
            else:
                try:
                    data = key.fileobj.recv(65535)
                    if data:
                        key.fileobj.sendall(answer(name, key.data))
                        continue
                except OSError:
                    pass
                selector.unregister(key.fileobj)
                key.fileobj.close()


def ask(proto, addr, port, count, source):
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    kind, number = {"tcp": (socket.SOCK_STREAM, 0), "udp": (socket.SOCK_DGRAM, 0),
                    "sctp": (socket.SOCK_STREAM, SCTP)}[proto]
    failed = 0
    with contextlib.ExitStack() as opened:
        for i in range(count):
            # Open until the last one is: a port that is free again might be chosen again, and be the same flow.
            sock = opened.enter_context(socket.socket(family, kind, number))
            sock.settimeout(TIMEOUT)
            try:
                if proto == "sctp":
                    sock.bind((own_address(family, addr), source + i if source else 0))
                elif source:
                    sock.bind(("", source + i))
                sock.connect((addr, port))
                sock.sendall(b"who?\n")
                print(sock.getsockname()[1], sock.recv(200).decode().strip(), flush=True)
            except OSError as error:
                print(f"{proto} {addr} {port}: {error}", file=sys.stderr)
                failed += 1
    return failed


def ask_each(protos, addrs, port, count, source=0):
    return sum(ask(proto, addr, port, count, source)
               for proto in protos.split(",") for addr in addrs.split(","))


if sys.argv[1] == "serve":
    serve(sys.argv[2], int(sys.argv[3]))
sys.exit(1 if ask_each(sys.argv[2], sys.argv[3], *map(int, sys.argv[4:])) else 0)
