#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Dumps objects again and again while another process adds and deletes some of them.

Usage: nldump.py FAMILY SECONDS churn|slow OPERATION...

The configuration is made by netlink_dump.sh: what it has made stays, and must be in every dump that the
kernel does not mark as interrupted (NLM_F_DUMP_INTR), once. With "churn" the other process runs; with "slow"
the reader takes its time, and others have the objects (sessions) come and go. Dumps are read in large and
in small pieces, through buffers that hold one message, and now and then given up in the middle.

Prints a line for every dump that was wrong, and then
    OPERATION: N dumps, N interrupted, N given up, N objects at the end
"""

import os
import random
import signal
import sys
import time

import nlmsg

# What names an object.
KEYS = {
    "link-get": ("balancer", "name"),
    "group-get": ("name",),
    "server-get": ("group", "addr", "port"),
    "vip-get": ("proto", "addr", "port-first", "port-last"),
    "balancer-get": ("name",),
    "device-get": ("dev",),
    "session-get": ("proto", "client", "client-port", "vip", "vip-port"),
}
# The bytes that a dump is read in at a time, and the buffer of the socket (None: as it is).
SIZES = ((65536, None), (4096, 1), (16384, 4096))


def pairs(family, i):
    """Requests that make objects, and those that delete them again."""
    weight = random.randrange(10)
    if family == "slb":
        server = [("group", "g%d" % (i % 20)), ("addr", "198.18.%d.%d" % (i // 200 % 200, i % 200 + 1))]
        vip = [("proto", "udp"), ("addr", "198.19.0.%d" % (i % 200 + 1))]
        link = [("name", "x")]
        return [
            ("group-add", [("name", "x%d" % i)]), ("server-add", server + [("weight", weight)]),
            ("vip-add", vip + [("group", "g%d" % (i % 20))]),
            ("link-add", link + [("dev", "x"), ("via4", "198.18.255.1"), ("local4-first", "198.18.255.2")]),
            ("link-set", link + [("weight", weight)]), ("link-del", link),
            ("vip-del", vip), ("server-del", server), ("group-del", [("name", "x%d" % i)]),
        ]
    vip = [("proto", "udp"), ("addr", "198.19.0.%d" % (i % 200 + 1))]
    link = [("balancer", "b%d" % (i % 20 + 2)), ("name", "x")]
    return [
        ("balancer-add", [("name", "x%d" % i)]), ("vip-add", vip),
        ("link-add", link + [("dev", "x"), ("via4", "198.18.255.1"), ("return4-first", "198.18.255.2")]),
        ("balancer-set", [("name", "x%d" % i), ("weight", weight)]),
        ("device-add", [("dev", "x%d" % (i % 20))]), ("link-del", link), ("vip-del", vip),
        ("balancer-del", [("name", "x%d" % i)]), ("device-del", [("dev", "x%d" % (i % 20))]),
    ]


def churn(family):
    """Runs until it is killed, or something is refused."""
    genl = nlmsg.Genl(family)
    i = 0
    while True:
        i += 1
        for operation, values in pairs(family, i):
            answer = genl.do(operation, values)
            if answer.errno:
                print("%s of %s: %s" % (operation, values, answer), flush=True)
                return


class Dumper:
    """Dumps of one operation, and what was wrong with them."""

    def __init__(self, family, operation, pause):
        self.family = family
        self.operation = operation
        self.pause = pause
        self.stable = None
        self.dumps = self.interrupted = self.given_up = 0

    def open(self, room, buffer=None):
        genl = nlmsg.Genl(self.family, buffer, room)
        genl.pause = self.pause
        return genl

    def keys(self, genl, messages):
        known = genl.spec.sets[genl.spec.ops[self.operation].set]
        names = [known[name].number for name in KEYS[self.operation] if name in known]
        found = []
        for _, body in messages:
            values = dict(nlmsg.attributes(body))
            found.append(tuple(values.get(number) for number in names))
        return found

    def learn(self):
        """What is there before anything changes; of sessions, those of the port that nobody flushes."""
        genl = self.open(65536)
        found = self.keys(genl, genl.raw_dump(self.operation))
        if self.operation == "session-get":
            found = [key for key in found if key[-1] == (53).to_bytes(2, "little")]
        self.stable = set(found)

    def once(self, room, buffer):
        genl = self.open(room, buffer)
        answer = genl.dump(self.operation)
        found = self.keys(genl, answer.messages)
        genl.socket.close()
        self.dumps += 1
        if answer.errno:
            print("%s: %s" % (self.operation, answer))
        elif answer.interrupted:
            self.interrupted += 1
        elif len(set(found)) != len(found):
            print("%s: %d objects came twice" % (self.operation, len(found) - len(set(found))))
        elif not self.stable <= set(found):
            print("%s: %d objects are missing" % (self.operation, len(self.stable - set(found))))
        return answer, found

    def give_up(self, buffer):
        """Reads a first piece and no more."""
        genl = self.open(4096, buffer)
        genl.post(genl.id, genl.spec.ops[self.operation].number, b"", nlmsg.NLM_F_REQUEST | nlmsg.NLM_F_DUMP)
        genl.socket.recv(4096)
        genl.socket.close()
        self.given_up += 1

    def finish(self):
        """Now that nothing changes a dump cannot be interrupted."""
        answer, found = self.once(4096, 1)
        if answer.interrupted:
            print("%s: interrupted, though nothing has changed" % self.operation)
        print("%s: %d dumps, %d interrupted, %d given up, %d objects at the end" % (
            self.operation, self.dumps, self.interrupted, self.given_up, len(found)))


def main():
    family, seconds, how = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    pause = 0 if how == "churn" else 0.003
    dumpers = [Dumper(family, operation, pause) for operation in sys.argv[4:]]
    for dumper in dumpers:
        dumper.learn()
    pid = 0
    if how == "churn":
        pid = os.fork()
        if not pid:
            churn(family)
            os._exit(0)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for dumper in dumpers:
            for size in SIZES:
                dumper.once(*size)
            dumper.give_up(1)
    if pid:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    for dumper in dumpers:
        if how == "churn":
            dumper.finish()
        else:
            print("%s: %d dumps, %d interrupted, %d given up, %d objects at the beginning" % (
                dumper.operation, dumper.dumps, dumper.interrupted, dumper.given_up, len(dumper.stable)))


main()
