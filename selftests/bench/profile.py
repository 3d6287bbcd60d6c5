#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Has the emulator log every instruction of some packets, and counts them by function of the kernel.

usage: profile.py watch DIR MONITOR    while scripts/bench --profile runs: DIR is the guest's /out
       profile.py report DIR           a table for each case

The guest's folder has "symbols" (its /proc/kallsyms, without modules) and for each case "NUMBER.CASE.symbols" (of
modules) and a file "NUMBER.CASE.on", made when packets flow. A packet reaches from one call of the function that allocates it to the next; those with something
else in between (interrupts, other tasks) are left out, for they are longer than most.
"""
import bisect
import collections
import os
import re
import socket
import statistics
import sys
import time

# Called once for each packet, before all else.
FIRST = "__netdev_alloc_skb"
LOG_MAX = 100 << 20
# Lines of the table: what costs less is summed up.
SHOWN = 30


class Monitor:
    """The emulator's monitor (HMP) on a socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        for _ in range(600):
            try:
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.1)
        self.answer()

    def answer(self):
        text = b""
        while not text.rstrip().endswith(b"(qemu)"):
            piece = self.socket.recv(65536)
            if not piece:
                raise EOFError
            text += piece

    def say(self, line):
        self.socket.sendall(line.encode() + b"\n")
        self.answer()


def record(monitor, log):
    """Log instructions into a file until it is long enough."""
    monitor.say(f"logfile {log}")
    monitor.say("singlestep on")
    monitor.say("log exec,nochain")
    deadline = time.time() + 60
    while (not os.path.exists(log) or os.path.getsize(log) < LOG_MAX) and time.time() < deadline:
        time.sleep(0.05)
    monitor.say("log none")
    monitor.say("singlestep off")


def watch(folder, path):
    monitor = Monitor(path)
    done = set()
    while True:
        for name in sorted(os.listdir(folder)):
            if name.endswith(".on") and name not in done:
                done.add(name)
                record(monitor, os.path.join(folder, name[:-3] + ".log"))
        time.sleep(0.005)
        monitor.say("info status")


def symbols(*paths):
    """Addresses in order, and their names."""
    found = []
    for path in paths:
        with open(path, encoding="ascii") as lines:
            words = [line.split() for line in lines]
        for word in words:
            if word[1] in "tTwW" and not word[2].startswith(("__pfx_", "__cfi_")):
                found.append((int(word[0], 16), word[2], word[3].strip("[]") if len(word) > 3 else ""))
    found.sort(key=lambda symbol: symbol[0])
    return [symbol[0] for symbol in found], [symbol[1:] for symbol in found]


def packets(path, addresses, names):
    """Yields for each packet how many instructions each function had."""
    line_is = re.compile(r"^Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/")
    first = {a for a, name in zip(addresses, names) if name[0] == FIRST}
    where, packet = {}, None
    with open(path, encoding="ascii", errors="replace") as lines:
        for line in lines:
            match = line_is.match(line)
            if not match:
                continue
            pc = int(match[1], 16)
            if pc in first:
                if packet:
                    yield packet
                packet = collections.Counter()
            if packet is None:
                continue
            if pc not in where:
                at = bisect.bisect_right(addresses, pc) - 1
                where[pc] = names[at] if at >= 0 else ("user space", "")
            packet[where[pc]] += 1


def case(folder, name):
    addresses, names = symbols(os.path.join(folder, "symbols"), os.path.join(folder, name + ".symbols"))
    found = list(packets(os.path.join(folder, name + ".log"), addresses, names))
    if len(found) < 10:
        print(f"{name}: too few packets were seen ({len(found)})")
        return False
    usual = statistics.median(sum(packet.values()) for packet in found)
    found = [packet for packet in found if sum(packet.values()) < 1.15 * usual]
    total = collections.Counter()
    for packet in found:
        total.update(packet)
    print(f"{name.split('.', 1)[1]}: {sum(total.values()) / len(found):.0f} instructions a packet, "
          f"{len(found)} packets")
    rest = total.most_common()
    for (function, module), n in rest[:SHOWN]:
        print(f"  {n / len(found):8.1f}  {function}{f' [{module}]' if module else ''}")
    print(f"  {sum(n for _, n in rest[SHOWN:]) / len(found):8.1f}  in {len(rest[SHOWN:])} others\n")
    return True


def report(folder):
    names = [name[:-3] for name in os.listdir(folder) if name.endswith(".on")]
    good = [case(folder, name) for name in sorted(names, key=lambda name: int(name.split(".")[0]))]
    return 0 if good and all(good) else 1


def main():
    if sys.argv[1] == "watch":
        try:
            watch(*sys.argv[2:])
        except (EOFError, OSError):
            pass
        return 0
    return report(sys.argv[2])


sys.exit(main())
