#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Has each allocation of an operation fail, one after the other, and looks at what is left.

Usage: failalloc.py netlink FAMILY
       failalloc.py packets FAMILY
       failalloc.py module FILE NAME
       failalloc.py netns

Set up by fail_alloc.sh. The N-th allocation of a task fails (tools/faults/failnth.c) for N = 1, 2, ... until there is no
N-th one; and once more, with all that follow it. An operation of netlink either succeeds, and has done all that it
does otherwise, or says why not and has changed nothing; with all that follow the N-th one its answer fails, too. The
commit of a transaction carries out all of it or nothing. A packet is sent or dropped, and the flow's next one is sent.

Prints "plan N", then "ok TEXT" or "fail TEXT" N times, details in lines that begin with #, and "end".
"""

import errno
import os
import re
import socket
import struct
import subprocess
import sys

import nlbad_table
import nlmsg
import nltxn
import pkt

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "failnth")
# More allocations than these nothing makes.
MANY = 5000
PLENTY = 1000000
# What says that there was no memory: ENOBUFS is what sockets say.
NO_MEMORY = (errno.ENOMEM, errno.ENOBUFS)
# The devices that packets come in on.
TAP = {"slb": "d1", "slb_relay": "c1"}


class Injector:
    """The helper: one request, one answer."""

    def __init__(self):
        self.left = 0       # by how many there were too few allocations
        self.onward = False # all that follow the N-th one fail, too
        self.tool = subprocess.Popen([TOOL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        """(errno, was there an N-th allocation, bytes of netlink)."""
        sent = list(words)
        if self.onward and words[0] != "tap" and 0 < words[1] < PLENTY:
            sent[1] = "+%d" % words[1]
        self.tool.stdin.write(" ".join(map(str, sent)) + "\n")
        self.tool.stdin.flush()
        answer = self.tool.stdout.readline().split()
        if not answer:
            sys.exit("failnth has ended with status %s" % self.tool.wait())
        self.left = int(answer[1])
        used = words[0] != "tap" and words[1] > 0 and not self.left
        return int(answer[0]), used, bytes.fromhex("".join(answer[2:]))

    def more(self):
        """For texts."""
        return ", with all after it" if self.onward else ""

    def count(self, request, *words):
        """How many allocations a request makes when none fails."""
        self.ask(request, PLENTY, *words)
        return PLENTY - self.left


class Results:
    """Prints results, each with what was wrong."""

    def __init__(self, plan):
        print("plan", plan, flush=True)
        self.wrong = []

    def complain(self, *words):
        if len(self.wrong) < 20:
            self.wrong.append(" ".join(map(str, words)))

    def result(self, text):
        print("fail" if self.wrong else "ok", text)
        for line in self.wrong:
            print("#", line)
        self.wrong = []
        sys.stdout.flush()


# ---- netlink

def early_text(name, early):
    """What is said of an operation before which others are done."""
    if not early:
        return ""
    return " of all" if name.endswith("-flush") else " of the first one"


def message(genl, body, flags):
    """The bytes of a request."""
    return struct.pack("=IHHII", 16 + len(body), genl.id, flags, 1, 0) + body


class Op:
    """One request that is right where it is made."""

    def __init__(self, genl, name, values, dump=False, early=None):
        op = genl.spec.ops[name]
        # whoever reads the log of sessions changes the counter of those that were lost
        self.changes = op.admin and (not name.endswith("-get") or name == "sync-get" and not dump)
        # what to do before, instead of all that was tried before
        self.early = early
        body = struct.pack("=BBH", op.number, 1, 0) + genl.encode(name, values)
        flags = nlmsg.NLM_F_REQUEST | (nlmsg.NLM_F_DUMP if dump else nlmsg.NLM_F_ACK)
        # a deletion then tells how many sessions it ends
        flags |= nlmsg.NLM_F_ECHO if self.changes and op.do_reply else 0
        # for the injector; messages before a comma are sent first on the same socket, and do not fail
        self.hex = message(genl, body, flags).hex()
        self.transaction = False
        self.text = name + (" dump" if dump else "") + early_text(name, early)


def transaction(genl):
    """The commit of a transaction of several operations."""
    txn, ops = nltxn.Socket(genl.spec.name), genl.spec.ops
    bodies = [struct.pack("=BBH", ops["txn-begin"].number, 1, 0)]
    bodies += [struct.pack("=BBH", ops["txn-stage"].number, 1, 0) + txn.staged(*step)
               for step in nltxn.STEPS[genl.spec.name]]
    flushes = ("vip-flush", "group-flush" if genl.spec.name == "slb" else "balancer-flush", "link-flush")
    op = Op(genl, "txn-commit", [], early=[Op(genl, name, []) for name in flushes])
    op.text = "txn-commit of %d operations" % (len(bodies) - 1)
    op.changes = op.transaction = True
    early = [message(genl, body, nlmsg.NLM_F_REQUEST | nlmsg.NLM_F_ACK).hex() for body in bodies]
    op.hex = ",".join(early + [op.hex])
    return op


def requests(genl):
    """All that the specification has, changes last and in an order in which they succeed."""
    right = [(name, values) for name, values, *_ in nlbad_table.RIGHT[genl.spec.name]]
    for op in genl.spec.ops.values():
        # a transaction is more than one message, and a trace ends with its socket
        if op.set in ("txn", "trace"):
            continue
        if op.dump is not None:
            yield Op(genl, op.name, [], True)
        if op.do == [] and not op.event and (not op.admin or op.name.endswith("-get")):
            yield Op(genl, op.name, [])
        elif op.do is not None and not op.event and op.name not in dict(right):
            sys.exit("%s: nlbad_table.py has no right message for %s" % (genl.spec.name, op.name))
    vips = Op(genl, "vip-flush", [])
    for name, values in right:
        if name.endswith("-flush") and not values and name != "vip-flush":
            yield Op(genl, name, values, early=[vips])
    yield Op(genl, "vip-add", dict(right)["vip-add"], early=[vips])
    for name, values in right:
        yield Op(genl, name, values)
    yield transaction(genl)
    trace = Op(genl, *nlbad_table.TRACE[0])
    trace.changes = False
    yield trace


class Walk:
    """Operations of a family, each with failures."""

    # numbers of sessions and flows differ each time; the generation counts every change
    BY_CHANCE = ("sessions", "flows", "ports-used", "ports-free", "generation",
                 "addresses-kept", "addresses-forgotten")

    def __init__(self, genl, injector, results, restore):
        self.genl = genl
        self.injector = injector
        self.results = results
        self.restore_config = restore
        self.done = []
        self.before = self.outlined = self.after = self.told = self.op = None
        self.listener = nlmsg.Genl(genl.spec.name)
        self.listener.socket.setsockopt(nlmsg.SOL_NETLINK, nlmsg.NETLINK_ADD_MEMBERSHIP,
                                        genl.groups["events"])

    def by_itself(self, event):
        """Does a server say so late, by itself, that it has lost its last session, or that connections failed? Or a VIP of
        a relay that it is usable, or no longer?"""
        ops, command = self.genl.spec.ops, event[16]
        if "server-suspect-ntf" not in ops:
            return command == ops["vip-set-ntf"].number
        return (command == ops["server-suspect-ntf"].number or command == ops["server-set-ntf"].number and
                self.op.text not in ("server-set", "health-set") and not self.op.transaction)

    def events(self):
        """Number of events since the last call, or None when the kernel says that some were lost."""
        number = 0
        while True:
            try:
                event = self.listener.socket.recv(65536, socket.MSG_DONTWAIT)
                number += not self.by_itself(event)
            except BlockingIOError:
                return number
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                while self.events():
                    pass
                return None

    def outline(self, state):
        """Of a snapshot, the configuration without anything that depends on sessions."""
        outline = []
        for name, messages in state:
            if name in ("session-get", "flow-get"):
                continue
            known = self.genl.spec.sets[self.genl.spec.ops[name].set]
            kept = {a.number for a in known.values()
                    if a.type not in ("nest", "uint") and a.name not in self.BY_CHANCE}
            for _, attrs in messages:
                attrs = attrs if isinstance(attrs, list) else list(nlmsg.attributes(attrs))
                outline.append((name, [(k, v) for k, v in attrs if k in kept]))
        # a balancer that was renamed comes back with another number, and so at another place of the dump
        return sorted(outline, key=repr)

    def restore(self, op):
        """Sets the state up in which an operation is right."""
        self.op = op
        self.restore_config()
        for early in op.early or self.done:
            self.run(early, 0)
        self.events()
        self.before = self.genl.snapshot()
        self.outlined = self.outline(self.before)

    def run(self, op, n):
        """The answer, or None; the error when there is none; and was there an N-th allocation?"""
        error, used, data = self.injector.ask("message", n, op.hex)
        answer, self.genl.sequence = nlmsg.Answer(), 1
        complete = self.genl.read(data, answer)
        return answer if complete else None, error, used

    def refused(self, n, answer, error):
        """Must it have done nothing? None when nobody can know."""
        if answer is None:
            # the kernel could not tell what came of it, and says so
            if error not in NO_MEMORY:
                self.results.complain(n, "no answer, and error", errno.errorcode.get(error, error))
            return None
        if answer.errno and answer.errno not in NO_MEMORY:
            self.results.complain("allocation %d:" % n, answer)
        return bool(answer.errno)

    def judge(self, op, n, refused, again):
        """After an operation with a failure: leaves the state as it was before. False: try it again."""
        if op.transaction:
            return self.judge_transaction(op, n, refused)
        if refused or not op.changes:
            if self.genl.snapshot() == self.before and self.events() in (0, None):
                return True
            # a counter may have changed by chance, but not each time
            if again:
                self.results.complain("allocation %d: refused, and something has changed" % n)
        else:
            now, told = self.outline(self.genl.snapshot()), self.events()
            if now != self.after and (refused is False or now != self.outlined):
                self.results.complain("allocation %d: only part of it was done" % n)
            elif now != self.outlined and told not in (self.told, None):
                self.results.complain("allocation %d: %s events of %s" % (n, told, self.told))
            again = True
        self.restore(op)
        return again

    def judge_transaction(self, op, n, refused):
        """The state is the one before, or the one with all operations. Events show operations that were undone."""
        now = self.outline(self.genl.snapshot())
        if now not in (self.outlined, self.after) or refused is not None and refused != (now == self.outlined):
            self.results.complain("allocation %d: %s" % (n, "refused" if refused else "done"), "but the state is another")
        self.restore(op)
        return True

    def run_anew(self, op, n):
        """The same once more, after one that is let be.

        Where stacks are kept (KASAN), the kernel now and then wants a page for new ones, which it does without: when
        that was the N-th allocation and the answer's own came before it, it is not there again.
        """
        self.run(op, 0)
        self.restore(op)
        return self.run(op, n)

    def walk(self, op):
        count = {True: 0, False: 0, None: 0}
        for n in range(1, MANY):
            answer, error, used = self.run(op, n)
            refused = self.refused(n, answer, error)
            if self.injector.onward and used and refused is not None:
                self.judge(op, n, refused, False)
                answer, error, used = self.run_anew(op, n)
                refused = self.refused(n, answer, error)
            if not used:
                break
            count[refused] += 1
            if not self.judge(op, n, refused, False):
                answer, error, used = self.run(op, n)
                self.judge(op, n, self.refused(n, answer, error), True)
        if refused is not False or used:
            self.results.complain("in the end it does not succeed")
        if self.injector.onward and (count[True] or count[False]):
            self.results.complain("there was memory for an answer, %d times" % (count[True] + count[False]))
        self.results.result("%s %s: each of %d allocations fails%s; %d times refused, %d times done, %d times not told" % (
            self.genl.spec.name, op.text, n - 1, self.injector.more(), count[True], count[False], count[None]))

    def all(self, ops):
        for op in ops:
            self.restore(op)
            answer, error, _ = self.run(op, 0)
            if answer is None or answer.errno:
                self.results.complain("refused, though right:", answer, error)
            self.after, self.told = self.outline(self.genl.snapshot()), self.events()
            self.restore(op)
            # undoing the operations of a transaction needs memory sooner or later
            for self.injector.onward in (False,) if op.transaction else (False, True):
                self.walk(op)
            if op.changes and not op.early:
                self.done.append(op)


class Host:
    """A host of one family: the configuration that it has now, and a few sessions or flows."""

    def __init__(self, genl, injector):
        self.genl = genl
        self.traffic = Traffic(genl.spec.name, injector)
        flushes = [name for name, values, *_ in nlbad_table.RIGHT[genl.spec.name] if
                   name.endswith("-flush") and not values]
        # messages that make it anew
        self.messages = [(name, b"") for name in flushes]
        self.messages += self.like("setting-get", "setting-set")
        for name in reversed(flushes):
            self.messages += self.like(name.replace("flush", "get"), name.replace("flush", "add"))

    def like(self, get, add):
        """Requests that make what there is now."""
        ops, known = self.genl.spec.ops, self.genl.spec.sets[self.genl.spec.ops[add].set]
        takes = {known[name].number for name in ops[add].do}
        answer = self.genl.do(get) if ops[get].dump is None else self.genl.dump(get)
        return [(add, b"".join(nlmsg.attribute(kind, value) for kind, value in nlmsg.attributes(body)
                               if kind in takes)) for _, body in answer.messages]

    def restore(self):
        for name, body in self.messages:
            answer = self.genl.do(name, body=body)
            if answer.errno:
                sys.exit("%s: %s" % (name, answer))
        for kind in self.traffic.simple:
            self.traffic.send(kind, 0, 1)


# ---- packets

MAC = bytes(6)


class Traffic:
    """Frames for the tap device on which clients' packets come in."""

    def __init__(self, family, injector):
        self.family = family
        self.injector = injector
        self.device = TAP[family]
        self.mac = self.read("address")
        # the first packet of a flow, by name
        self.simple = ["tcp4", "udp4", "tcp6", "sctp6"]
        self.kinds = self.simple + ["fragments4", "fragments6", "echo4", "echo6", "error4"]

    def read(self, name):
        with open("/sys/class/net/%s/%s" % (self.device, name), encoding="ascii") as file:
            return bytes.fromhex(file.read().strip().replace(":", ""))

    def frames(self, kind, flow):
        """The frames of the flow number @flow."""
        six = kind.endswith("6")
        src, dst = ("2001:db8:c::11", "2001:db8:f::80") if six else ("198.51.100.11", "203.0.113.80")
        sport = 1024 + flow
        if kind == "udp4":
            # its VIP has a client-limit, and counts the sessions of each address
            src = "10.64.%d.%d" % (flow >> 8 & 255, flow & 255)
        if kind == "sctp6":
            data = [pkt.ip(src, dst, pkt.SCTP, pkt.l4(pkt.SCTP, src, dst, sport, 80, first=True))]
        elif kind.startswith("tcp"):
            data = [pkt.ip(src, dst, pkt.TCP, pkt.l4(pkt.TCP, src, dst, sport, 80, first=True))]
        elif kind == "udp4":
            data = [pkt.ip(src, dst, pkt.UDP, pkt.l4(pkt.UDP, src, dst, sport, 5000, b"hello"))]
        elif kind == "fragments4":
            l4 = pkt.l4(pkt.UDP, src, dst, sport, 5001, bytes(64))
            data = [pkt.ip4(src, dst, pkt.UDP, l4[:32], ident=flow, mf=True),
                    pkt.ip4(src, dst, pkt.UDP, l4[32:], ident=flow, off=32)]
        elif kind == "fragments6":
            l4 = pkt.l4(pkt.UDP, src, dst, sport, 53, bytes(64))
            data = [pkt.ip6(src, dst, pkt.UDP, part, ext=[(pkt.FRAGMENT, pkt.ext_fragment(off, off == 0, flow))])
                    for off, part in ((0, l4[:32]), (32, l4[32:]))]
        elif kind.startswith("echo"):
            proto, number = (pkt.ICMP6, 128) if six else (pkt.ICMP, 8)
            data = [pkt.ip(src, dst, proto, pkt.icmp(src, dst, number, 0, data=bytes(16)))]
        else:
            quoted = pkt.ip(dst, src, pkt.TCP, pkt.l4(pkt.TCP, dst, src, 80, 1025)[:28])
            data = [pkt.ip(src, dst, pkt.ICMP, pkt.icmp(src, dst, 3, 1, data=quoted))]
        ethertype = struct.pack("!H", pkt.ETH_IP6 if six else pkt.ETH_IP4)
        return [self.mac + MAC[:5] + b"\2" + ethertype + packet for packet in data]

    def send(self, kind, n, flow):
        """True when there was an N-th allocation."""
        used = False
        for frame in self.frames(kind, flow):
            error, now, _ = self.injector.ask("packet", n if not used else 0, self.device, frame.hex())
            if error and not now:
                sys.exit("%s: a packet is not taken: error %d" % (kind, error))
            used |= now
        return used


class Count:
    """What the module says of packets."""

    def __init__(self, family):
        self.genl = nlmsg.Genl(family)
        self.state = "session-get" if family == "slb" else "flow-get"

    def flows(self):
        return len(self.genl.dump(self.state).messages)


def walk_packets(family, injector, results, flow):
    """Returns the first flow that was not tried."""
    traffic, count = Traffic(family, injector), Count(family)
    for kind in traffic.kinds:
        n, lost = 0, 0
        while n < MANY:
            n, flow = n + 1, flow + 1
            before = count.flows()
            if not traffic.send(kind, n, flow):
                break
            if kind in traffic.simple:
                now = count.flows()
                lost += now == before
                if not before <= now <= before + 1:
                    results.complain("allocation %d: %d flows, then %d" % (n, before, now))
                # the client tries again
                traffic.send(kind, 0, flow)
                if count.flows() != before + 1:
                    results.complain("allocation %d: the flow's second packet makes no flow" % n)
        if n == MANY:
            results.complain("there is no end of allocations")
        if n == 1:
            results.complain("nothing was allocated: nothing can have been tried")
        results.result("%s %s: %d allocations fail%s, the flow was not entered for %d of them" % (
            family, kind, n - 1, injector.more(), lost))
    return flow


# ---- modules and namespaces

def loaded(name):
    return os.path.isdir("/sys/module/" + name)


def walk_module(file, name, injector, results):
    """Only what comes after the kernel has read the module: its own initialisation is what is looked at."""
    # the kernel keeps some of what the first loads need
    for _ in range(3):
        first = injector.count("module", file, "fast_path=?")
        last = injector.count("module", file)
        subprocess.run(["rmmod", name], check=True)
    for n in range(first + 1, last + 1):
        error, used, _ = injector.ask("module", n, file)
        if not error:
            subprocess.run(["rmmod", name], check=True)
        elif error not in NO_MEMORY or loaded(name) or not used:
            results.complain("allocation %d: error %s, loaded: %s" % (
                n, errno.errorcode.get(error, error), loaded(name)))
    if not loaded(name) and first + 10 > last:
        results.complain("only %d allocations: that cannot be all" % (last - first))
    with open("/proc/slabinfo", encoding="ascii") as slabs:
        left = re.findall(r"(?m)^%s_\S+" % name, slabs.read())
    if left:
        results.complain("left behind:", *left)
    results.result("%s: each of %d allocations while it begins%s" % (name, last - first, injector.more()))


def walk_netns(injector, results):
    n, failed = 0, 0
    while n < MANY:
        n += 1
        error, used, _ = injector.ask("netns", n)
        # some of the kernel's own subsystems say something else than that there is no memory
        failed += error != 0
        if not used:
            break
    if error:
        results.complain("no namespace can be made at all")
    results.result("each of %d allocations while a namespace is made%s, %d times in vain" % (
        n - 1, injector.more(), failed))


def main():
    what, args = sys.argv[1], sys.argv[2:]
    injector = Injector()
    if what in ("netlink", "packets"):
        genl = nlmsg.Genl(args[0])
        injector.ask("tap", TAP[args[0]])
        host = Host(genl, injector)
    if what == "netlink":
        ops = list(requests(genl))
        results = Results(sum(1 if op.transaction else 2 for op in ops))
        Walk(genl, injector, results, host.restore).all(ops)
        host.restore()
    elif what == "packets":
        results, flow = Results(18), 2
        for injector.onward in (False, True):
            flow = walk_packets(args[0], injector, results, flow)
    elif what == "module":
        results = Results(2)
        for injector.onward in (False, True):
            walk_module(args[0], args[1], injector, results)
    else:
        results = Results(2)
        for injector.onward in (False, True):
            walk_netns(injector, results)
    print("end")


main()
