#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Does the specification of a family name every attribute that the kernel's answers have?

Usage: nlreply.py FAMILY

Everything that there is is dumped, each object of a dump is asked for by what names it, and operations that
answer without a request are asked, too. Prints a line for each attribute that came although the reply of its
operation does not name it, and last
    N answers, N attributes
"""

import sys

import nlmsg


# What asks about a flow is asked about each object of a dump that has the same attributes.
ABOUT = {"explain-get": "session-get"}


class Asker:
    """One family: .answers, .seen (operation, attribute), .wrong."""

    def __init__(self, family):
        self.genl = nlmsg.Genl(family)
        self.answers, self.seen, self.wrong = 0, set(), set()

    def judge(self, op, how, reply, answer):
        """Attributes of one answer, each message of it."""
        if answer.errno:
            self.wrong.add("%s %s: %s" % (op.name, how, answer))
        names = {a.number: a.name for a in self.genl.spec.sets[op.set].values()}
        for _, body in answer.messages:
            self.answers += 1
            for number, _ in nlmsg.attributes(body):
                name = names.get(number, "number %d" % number)
                self.seen.add((op.name, name))
                if name not in reply:
                    self.wrong.add("%s %s: the reply does not name %s" % (op.name, how, name))

    def ask_each(self, op, answer, dumped):
        """Each object of the dump of an operation alone, by the attributes that the request takes."""
        known, own = self.genl.spec.sets[dumped.set], self.genl.spec.sets[op.set]
        numbers = {known[name].number: own[name].number for name in op.do if name in known}
        for _, body in answer.messages:
            words = b"".join(nlmsg.attribute(numbers[number], value) for number, value in nlmsg.attributes(body)
                             if number in numbers)
            self.judge(op, "do", op.do_reply, self.genl.do(op.name, body=words))

    def ask(self, op):
        """One operation, in each of the ways in which it can be asked."""
        answer = None
        if op.dump is not None:
            answer = self.genl.dump(op.name)
            self.judge(op, "dump", op.dump_reply, answer)
        if op.do == []:
            self.judge(op, "do", op.do_reply, self.genl.do(op.name))
        elif op.do and answer:
            self.ask_each(op, answer, op)
        elif op.name in ABOUT:
            dumped = self.genl.spec.ops[ABOUT[op.name]]
            self.ask_each(op, self.genl.dump(dumped.name), dumped)


def main():
    asker = Asker(sys.argv[1])
    for op in asker.genl.spec.ops.values():
        # a socket without a transaction has none to tell of: nltxn.py asks
        if op.name.endswith("-get") and op.name != "txn-get":
            asker.ask(op)
    for line in sorted(asker.wrong):
        print(line)
    print("%d answers, %d attributes" % (asker.answers, len(asker.seen)))


main()
