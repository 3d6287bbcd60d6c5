#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Both ends of idle TCP connections: each end asks the other when it is told to, and hears what has become of it.

idle.py serve PORT                      accepts on all addresses of both families
idle.py call PORT ADDR N [ADDR N]...    opens N connections to each address

Both print "ready N" first, and then answer each command on the standard input by one line:
    count       connections that there are -> count N
    say [MS]    ask on each -> answered N reset N silent N; what was reset is forgotten
    open N ...  (call) N more to each address -> opened N
    close       close all -> closed N
An end that is asked answers. Milliseconds to wait for what does not answer: 3000, times SLB_SLOWNESS.
"""
import os
import selectors
import socket
import sys
import time

PATIENCE = 3000 * int(os.environ.get("SLB_SLOWNESS") or 1)
QUESTION, ANSWER = b"?", b"!"


class End:
    """All connections of one end."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.waiting = set()
        self.open = set()
        self.answered = self.reset = 0

    def add(self, sock):
        sock.setblocking(False)
        self.open.add(sock)
        self.selector.register(sock, selectors.EVENT_READ, self.heard)

    def forget(self, sock, reset):
        if sock not in self.open:
            return
        self.reset += reset
        self.open.discard(sock)
        self.waiting.discard(sock)
        self.selector.unregister(sock)
        sock.close()

    def heard(self, sock):
        try:
            data = sock.recv(4096)
            if QUESTION in data:
                sock.send(ANSWER)
        except BlockingIOError:
            return
        except OSError:
            self.forget(sock, True)
            return
        if not data:
            self.forget(sock, False)
        elif ANSWER in data and sock in self.waiting:
            self.waiting.discard(sock)
            self.answered += 1

    def accept(self, listener):
        self.add(listener.accept()[0])

    def turn(self, patience):
        for key, _ in self.selector.select(patience):
            key.data(key.fileobj)

    def say(self, patience):
        self.answered = self.reset = 0
        self.waiting = set(self.open)
        for sock in list(self.open):
            try:
                sock.send(QUESTION)
            except OSError:
                self.forget(sock, True)
        until = time.monotonic() + patience / 1000
        while self.waiting and time.monotonic() < until:
            self.turn(max(0, until - time.monotonic()))
        print("answered %d reset %d silent %d" % (self.answered, self.reset, len(self.waiting)), flush=True)

    def call(self, port, targets):
        for addr, count in targets:
            for _ in range(count):
                sock = socket.create_connection((addr, port), PATIENCE / 1000)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.add(sock)

    def listen(self, port):
        listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=256)
        self.selector.register(listener, selectors.EVENT_READ, self.accept)

    def close(self):
        count = len(self.open)
        for sock in list(self.open):
            self.forget(sock, False)
        print("closed %d" % count, flush=True)

    def command(self, line, port, targets):
        words = line.split() or ["count"]
        if words[0] == "say":
            self.say(int(words[1]) if len(words) > 1 else PATIENCE)
        elif words[0] == "open":
            before = len(self.open)
            try:
                self.call(port, [(addr, int(words[1])) for addr, _ in targets])
            except OSError as error:
                print("# %s" % error, file=sys.stderr)
            print("opened %d" % (len(self.open) - before), flush=True)
        elif words[0] == "close":
            self.close()
        else:
            print("count %d" % len(self.open), flush=True)


def main():
    end, port = End(), int(sys.argv[2])
    targets = [(sys.argv[i], int(sys.argv[i + 1])) for i in range(3, len(sys.argv), 2)]
    if sys.argv[1] == "serve":
        end.listen(port)
    end.call(port, targets)
    print("ready %d" % len(end.open), flush=True)
    # by its descriptor: what Python has read ahead, no selector sees
    buffer = b""

    def read_commands(_):
        nonlocal buffer
        data = os.read(0, 4096)
        if not data:
            sys.exit(0)
        *lines, buffer = (buffer + data).split(b"\n")
        for line in lines:
            end.command(line.decode(), port, targets)

    end.selector.register(0, selectors.EVENT_READ, read_commands)
    while True:
        end.turn(None)


main()
