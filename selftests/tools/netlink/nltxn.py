#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Transactions of one module: what they do, what they refuse, and that a commit that fails changes nothing.

Usage: nltxn.py FAMILY         prints "plan N", then "ok TEXT" or "fail TEXT" N times
       nltxn.py FAMILY hold    opens a transaction, prints "open", and waits until it is ended
"""

import errno
import os
import signal
import sys
import time

import nlmsg

# In an order in which all can be carried out: (operation, its attributes, what undoes it, its attributes).
LINK = [("name", "t1"), ("dev", "tx"), ("via4", "100.64.1.1"), ("local4-first", "10.1.1.1"), ("interval", 0)]
BACK = [("balancer", "t"), ("name", "t1"), ("dev", "tx"), ("via4", "100.64.1.2"), ("return4-first", "10.1.1.1"),
        ("interval", 0)]
SERVER = [("group", "t"), ("addr", "2001:db8:5::9")]
VIP = [("proto", "udp"), ("addr", "203.0.113.9")]
STEPS = {
    "slb": [
        ("link-add", LINK, "link-del", LINK[:1]),
        ("group-add", [("name", "t")], "group-del", [("name", "t")]),
        ("server-add", SERVER, "server-del", SERVER),
        ("server-set", SERVER + [("weight", 7)], "server-set", SERVER + [("weight", 1)]),
        ("vip-add", VIP + [("group", "t")], "vip-del", VIP),
        ("link-set", LINK[:1] + [("weight", 9)], "link-set", LINK[:1] + [("weight", 1)]),
        ("setting-set", [("reset-rate", 77)], "setting-set", [("reset-rate", 1000)]),
    ],
    "slb_relay": [
        ("balancer-add", [("name", "t")], "balancer-del", [("name", "t")]),
        ("link-add", BACK, "link-del", BACK[:2]),
        ("vip-add", VIP, "vip-del", VIP),
        ("balancer-set", [("name", "t"), ("weight", 7)], "balancer-set", [("name", "t"), ("weight", 1)]),
        ("link-set", BACK[:2] + [("weight", 9)], "link-set", BACK[:2] + [("weight", 1)]),
        ("setting-set", [("reset-rate", 77)], "setting-set", [("reset-rate", 1000)]),
        ("device-add", [("dev", "tx")], "device-del", [("dev", "tx")]),
        ("device-set", [("dev", "tx"), ("xdp", 1)], "device-set", [("dev", "tx"), ("xdp", 0)]),
    ],
}
# What fails only at the commit, and the words of its refusal.
FAILING = {
    "slb": ("vip-add", [("proto", "tcp"), ("addr", "203.0.113.9"), ("group", "no")], "group no does not exist"),
    "slb_relay": ("balancer-set", [("name", "no"), ("weight", 1)], "balancer no does not exist"),
}


class Socket(nlmsg.Genl):
    """A socket that can have a transaction."""

    def staged(self, operation, values, undo=None, undo_values=()):
        """The attributes of txn-stage for an operation."""
        body = self.number("op", operation) + self.nest("request", operation, values)
        if undo:
            body += self.number("undo-op", undo) + self.nest("undo-request", undo, undo_values)
        return body

    def stage(self, operation, values, undo=None, undo_values=()):
        return self.do("txn-stage", body=self.staged(operation, values, undo, undo_values))

    def number(self, attr, operation):
        return nlmsg.attribute(self.spec.sets["txn"][attr].number, bytes([self.spec.ops[operation].number]))

    def nest(self, attr, operation, values):
        return nlmsg.attribute(self.spec.sets["txn"][attr].number | nlmsg.NLA_F_NESTED,
                               self.encode(operation, values))

    def generation(self):
        return self.decode("status-get", self.do("status-get").messages[0])["generation"]

    def result(self):
        return self.decode("txn-get", self.do("txn-get").messages[0])

    def commit(self, generation=None):
        return self.do("txn-commit", [] if generation is None else [("generation", generation)])

    def open(self, steps):
        """A transaction of these steps. Returns what was refused."""
        answers = [self.do("txn-begin")] + [self.stage(*step) for step in steps]
        return [str(answer) for answer in answers if answer.errno]

    def configuration(self):
        """All that is configured, without the number of changes."""
        return [(name, messages) for name, messages in self.snapshot() if name != "status-get"]


class Check:
    """The results of "check"."""

    def __init__(self, family):
        self.family = family
        self.genl = Socket(family)
        self.steps = STEPS[family]
        self.results = []

    def that(self, text, good, details=""):
        self.results.append(("ok" if good else "fail", "%s: %s" % (self.family, text)))
        if not good and details != "":
            self.results.append(("#", str(details)))

    def refused(self, text, answer, code, words=""):
        self.that(text, answer.errno == code and words in answer.text, answer)

    def undo_all(self):
        for _, _, undo, values in reversed(self.steps):
            self.genl.do(undo, values)

    def basic(self):
        """Begin, stage and commit a transaction, and read its result."""
        genl, other = self.genl, Socket(self.family)
        self.refused("a commit without a transaction is refused", genl.commit(), errno.ENOENT, "no transaction")
        self.refused("an operation without a transaction is refused",
                     genl.stage(*self.steps[0]), errno.ENOENT, "no transaction")
        self.refused("a result without a transaction is refused", genl.do("txn-get"), errno.ENOENT, "no transaction")
        before, generation = genl.configuration(), genl.generation()
        faults = genl.open(self.steps)
        self.that("operations are staged", not faults, faults)
        self.refused("a second transaction of a socket is refused", genl.do("txn-begin"), errno.EBUSY, "already")
        self.that("an open transaction shows the number of staged operations",
                  genl.result() == {"staged": len(self.steps)}, genl.result())
        self.that("staged operations change nothing before the commit",
                  genl.configuration() == before and genl.generation() == generation)
        faults = other.open([]) + [str(a) for a in [other.commit(other.generation())] if a.errno]
        self.that("an empty transaction of another socket changes nothing",
                  not faults and genl.generation() == generation, faults)
        answer = genl.commit(generation)
        self.that("the commit succeeds", not answer.errno, answer)
        self.that("the result shows the number of staged operations",
                  genl.result() == {"staged": len(self.steps)}, genl.result())
        self.that("the commit changes the generation", genl.generation() != generation)
        wrong = [a for a in [genl.do(undo, values) for _, _, undo, values in reversed(self.steps)] if a.errno]
        self.that("each operation can be undone by hand", not wrong, [str(a) for a in wrong])
        self.that("undoing each operation by hand restores the configuration", genl.configuration() == before)
        self.refused("a second commit of the transaction is refused", genl.commit(), errno.ENOENT, "no transaction")

    def failing(self):
        """One operation fails, at each place of the transaction."""
        genl = self.genl
        operation, values, words = FAILING[self.family]
        before = genl.configuration()
        for at in range(len(self.steps) + 1):
            genl.open(self.steps[:at] + [(operation, values)] + self.steps[at:])
            answer = genl.commit()
            result = {"staged": len(self.steps) + 1, "failed": at}
            same = genl.configuration() == before
            self.that("operation %d fails: its error text is sent, and nothing has changed" % at,
                      answer.errno == errno.ENOENT and words in answer.text and answer.offset is None
                      and answer.missing is None and genl.result() == result and same,
                      "%s %s %s" % (answer, genl.result(), same))

    def generations(self):
        """A commit with an old generation."""
        genl = self.genl
        before, generation = genl.configuration(), genl.generation()
        genl.open(self.steps)
        Socket(self.family).do("setting-set", [("reset-rate", 1000)])
        self.refused("a commit after a change by another socket is refused", genl.commit(generation), errno.EAGAIN,
                     "the configuration has changed since it was read")
        self.that("a commit with an old generation changes nothing", genl.configuration() == before)
        self.that("a commit with an old generation fails no operation",
                  genl.result() == {"staged": len(self.steps)}, genl.result())
        counts = []
        for operation, values, *_ in self.steps + [(u, v) for _, _, u, v in reversed(self.steps)]:
            was = genl.generation()
            genl.do(operation, values)
            counts.append((operation, genl.generation() != was))
        self.that("each change changes the generation", all(c for _, c in counts), counts)
        was = genl.generation()
        genl.do(*FAILING[self.family][:2])
        genl.configuration()
        self.that("a refused operation and a read do not change the generation", genl.generation() == was)

    def refusals(self):
        """Operations that cannot be staged."""
        genl = self.genl
        genl.do("txn-begin")
        for name in ("link-get", "status-get", "txn-commit", "txn-begin",
                     "session-flush" if self.family == "slb" else "flow-flush"):
            self.refused("%s cannot be staged" % name, genl.stage(name, []), errno.EINVAL,
                         "only operations that change the configuration")
        operation, values, *_ = self.steps[0]
        number, head = genl.number("op", operation), nlmsg.HEADERS + 8 + 4
        answer = genl.do("txn-stage", body=number + genl.nest("request", operation, values + values[:1]))
        self.that("an attribute given twice is refused, with its offset",
                  "given twice" in answer.text and answer.offset == head + len(genl.encode(operation, values)), answer)
        known = genl.spec.sets["txn"]["request"].number | nlmsg.NLA_F_NESTED
        answer = genl.do("txn-stage", body=number + nlmsg.attribute(known, nlmsg.attribute(99, bytes(4))))
        self.that("an unknown attribute is refused, with its offset",
                  answer.errno == errno.EINVAL and answer.offset == head,
                  answer)
        answer = genl.do("txn-stage", body=number + nlmsg.attribute(known, nlmsg.attribute(1, b"x" * 40 + b"\0")))
        self.that("a value that is too long is refused, with its offset",
                  answer.errno == errno.EINVAL and answer.offset == head,
                  answer)
        flush = "vip-flush"
        self.refused("a flush with attributes is refused", genl.do("txn-stage", body=genl.number(
            "op", flush) + genl.nest("request", operation, values)), errno.EINVAL, "takes no attributes")
        self.refused("a request without the number of its operation is refused",
                     genl.do("txn-stage", body=genl.nest("request", operation, values)),
                     errno.EINVAL, "the operation is missing")
        self.refused("an undo request without the number of its operation is refused",
                     genl.do("txn-stage", body=number + genl.nest("undo-request", operation, values)),
                     errno.EINVAL, "the operation that undoes it is missing")
        self.refused("an undo operation that changes nothing is refused",
                     genl.stage(operation, values, "link-get", []), errno.EINVAL,
                     "only operations that change the configuration")
        self.that("no refused operation was staged", genl.result() == {"staged": 0}, genl.result())
        genl.commit()

    def closing(self):
        """A socket that is closed."""
        before, generation = self.genl.configuration(), self.genl.generation()
        for _ in range(3):
            other = Socket(self.family)
            other.open(self.steps)
            other.socket.close()
        self.that("a socket that is closed changes nothing",
                  self.genl.configuration() == before and self.genl.generation() == generation)

    def order(self):
        """Operations are undone in reverse order: otherwise undoing would be refused."""
        genl = self.genl
        before = genl.configuration()
        events = nlmsg.Genl(self.family)
        events.socket.setsockopt(nlmsg.SOL_NETLINK, nlmsg.NETLINK_ADD_MEMBERSHIP, events.groups["events"])
        genl.open(self.steps + [FAILING[self.family][:2]])
        genl.commit()
        names = {op.number: op.name[:-len("-ntf")] for op in genl.spec.ops.values() if op.event}
        seen = []
        events.socket.setblocking(False)
        try:
            while True:
                seen.append(names[events.socket.recv(65536)[16]])
        except BlockingIOError:
            pass
        wanted = [s[0] for s in self.steps] + [s[2] for s in reversed(self.steps)]
        self.that("events show the operations, and their undoing in reverse order",
                  [s for s in seen if s in wanted] == wanted, seen)
        self.that("undoing the operations restores the configuration", genl.configuration() == before)
        first, values = self.steps[0][:2]
        genl.open([(first, values, first, values), FAILING[self.family][:2]])
        genl.commit()
        self.that("the result shows the number of operations that could not be undone",
                  genl.result() == {"staged": 2, "failed": 1, "not-undone": 1},
                  genl.result())
        self.undo_all()

    def others(self):
        """Commits while another process changes the configuration all the time."""
        genl = self.genl
        pid = os.fork()
        if not pid:
            try:
                self.change_forever()
            finally:
                os._exit(1)
        still = self.without_settings()
        whole, stale, wrong = 0, 0, []
        for i in range(40):
            generation = genl.generation() if i % 2 else None
            faults = genl.open(self.steps[:-1])
            if i % 4 == 3:
                self.wait_for_change(generation)
            answer = genl.commit(generation)
            if answer.errno:
                stale += 1
                if answer.errno != errno.EAGAIN or generation is None or "has changed since" not in answer.text:
                    wrong.append(str(answer))
            else:
                whole += 1
                wrong += [str(a) for a in [genl.do(undo, values) for _, _, undo, values in reversed(self.steps[:-1])]
                          if a.errno]
            wrong += faults
            if self.without_settings() != still:
                wrong.append("attempt %d: the configuration is another one" % i)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        genl.do("setting-set", [("icmp-rate", 1000)])
        self.that("while another process changes the configuration, a commit carries out every operation or none",
                  not wrong, wrong[:5])
        self.that("with a generation, some commits are refused; without one, none is",
                  whole >= 20 and stale >= 10, "%d carried out, %d refused" % (whole, stale))

    def change_forever(self):
        other, i = Socket(self.family), 0
        while True:
            i += 1
            other.do("setting-set", [("icmp-rate", 1000 + i % 2)])

    def wait_for_change(self, generation):
        deadline = time.monotonic() + 10
        while self.genl.generation() == generation and time.monotonic() < deadline:
            pass

    def without_settings(self):
        return [entry for entry in self.genl.configuration() if entry[0] != "setting-get"]

    def run(self):
        for part in (self.basic, self.failing, self.generations, self.refusals, self.closing, self.order,
                     self.others):
            part()
        print("plan", sum(word != "#" for word, _ in self.results))
        for word, text in self.results:
            print(word, text)


def hold(family):
    txn = Socket(family)
    faults = txn.open(STEPS[family])
    print(*faults or ["open"], flush=True)
    signal.pause()


def main():
    if sys.argv[2:] == ["hold"]:
        hold(sys.argv[1])
    Check(sys.argv[1]).run()


if __name__ == "__main__":
    main()
