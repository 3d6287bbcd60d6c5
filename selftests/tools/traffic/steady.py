#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Keeps flows busy while links fail: asks echo.py on each again and again, and counts what is missed.

steady.py ADDR PORT TCP UDP FILE
    Holds TCP connections and UDP flows to ADDR:PORT, asks on each every 50 ms, until its standard
    input ends. FILE gets a line "ready" when each has been answered once, and a line "round N" whenever
    each has been answered since the line before. At the end it goes on until each has been answered once
    more, for PATIENCE seconds at most: a sender that waits for a retransmission is not lost. Then it prints,
    and exits with 0 only when nothing was lost:
    "flows N answers N lost N reset N moved N longest-pause MS"
    (lost: flows without that answer; moved: answers that show another local address or port, or another
    server, than the flow's first).
"""
import os
import selectors
import socket
import sys
import time

PERIOD = 0.05
PATIENCE = 5.0 * int(os.environ.get("SLB_SLOWNESS") or 1)


class Flow:
    """One TCP connection or UDP socket that asks who is there."""

    def __init__(self, kind, family, target):
        self.kind = kind
        self.sock = socket.socket(family, kind)
        self.sock.settimeout(5)
        self.sock.connect(target)
        self.sock.setblocking(False)
        self.who = None
        self.asked = 0.0
        self.waiting = False
        self.answered = time.monotonic()
        self.pause = 0.0
        self.count = self.moved = self.reset = 0

    def ask(self, now):
        """Datagrams are asked again when one went missing, which TCP does by itself."""
        if self.reset or (self.waiting and (self.kind == socket.SOCK_STREAM or now - self.asked < 0.2)):
            return
        self.asked = now
        self.waiting = True
        try:
            self.sock.send(b"who?\n")
        except BlockingIOError:
            pass
        except OSError:
            self.reset += self.kind == socket.SOCK_STREAM

    def take(self, now):
        try:
            data = self.sock.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.reset += self.kind == socket.SOCK_STREAM
            return
        who = data.splitlines()[-1]
        self.moved += self.who is not None and who != self.who
        self.who = self.who or who
        self.pause = max(self.pause, now - self.answered)
        self.answered = now
        self.count += 1
        self.waiting = False

    def lost(self, end):
        return self.reset or not self.who or self.answered < end


def run(flows, log):
    """Returns when the input had ended, and each flow that is not reset was answered since, or time was up."""
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin, selectors.EVENT_READ)
    for flow in flows:
        selector.register(flow.sock, selectors.EVENT_READ, flow)
    rounds, begun, end = 0, 0.0, None
    while True:
        now = time.monotonic()
        if end and (now > end + PATIENCE or all(flow.reset or flow.answered >= end for flow in flows)):
            return end
        for flow in flows:
            if now - flow.asked >= PERIOD:
                flow.ask(now)
        for key, _ in selector.select(PERIOD / 5):
            if not key.data:
                end = time.monotonic()
                selector.unregister(sys.stdin)
                continue
            key.data.take(time.monotonic())
            if key.data.reset:
                selector.unregister(key.data.sock)
        if all(flow.who and flow.answered > begun for flow in flows):
            rounds, begun = rounds + 1, time.monotonic()
            print("ready" if rounds == 1 else f"round {rounds}", file=log, flush=True)


def main(addr, port, tcp, udp, path):
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    kinds = [socket.SOCK_STREAM] * int(tcp) + [socket.SOCK_DGRAM] * int(udp)
    flows = [Flow(kind, family, (addr, int(port))) for kind in kinds]
    with open(path, "w", encoding="ascii") as log:
        end = run(flows, log)
    lost = sum(bool(flow.lost(end)) for flow in flows)
    moved, reset = (sum(getattr(flow, what) for flow in flows) for what in ("moved", "reset"))
    print(f"flows {len(flows)} answers {sum(f.count for f in flows)} lost {lost} reset {reset} moved {moved}",
          f"longest-pause {max(f.pause for f in flows) * 1000:.0f}")
    return 1 if lost or moved or reset else 0


sys.exit(main(*sys.argv[1:]))
