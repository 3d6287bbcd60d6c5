#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Sends wrong netlink messages to one of the modules: each must be refused for what is wrong with it.

Usage: nlbad.py FAMILY SLBCTL SHOW      (set up by netlink_bad.sh; SHOW is a batch of show commands)

Each operation has one right message below. From it come wrong ones, one fault each: an attribute that is
absent, given twice, empty, too short, too long, out of its limits, cut off, nested, or unknown. The table
nlbad_table.py has those that are well-formed but make no sense. For every result the module's state, all
of it that can be asked for, must be what it was; what slbctl shows is compared after each operation.

Prints "plan N", then "ok TEXT" or "fail TEXT" N times, and details of failures in lines that begin with #.
"""

import errno
import re
import subprocess
import sys

import nlbad_table
import nlmsg

# Refusals without a text, made by the kernel before it knows the family's operation.
SILENT = (errno.EOPNOTSUPP,)
# Some kernels (6.1, 7.x) refuse attributes of an operation that takes none themselves, and say where they are.
STRAY = "takes no attributes"
STRAY_KERNEL = ("Unknown attribute type", "Unsupported attribute", "Attribute failed policy validation", "invalid attribute length")
# Texts that need not have a character.
MAY_BE_EMPTY = ("health-why",)
LEFTOVER = "bytes leftover after parsing attributes"


class Wrong:
    """One wrong message: what is wrong with it, its bytes, and where the fault is."""

    def __init__(self, text, body, fault=None, number=None):
        self.text = text
        self.body = body
        self.fault = fault      # offset of the attribute at fault, from the start of the message
        self.number = number    # its type
        self.words = None       # or a text that must be part of the kernel's


def join(parts, at, new):
    """The message with one part changed, and the offset of what was changed."""
    before = b"".join(parts[:at])
    return before + new + b"".join(parts[at + 1:]), nlmsg.HEADERS + len(before)


class Mutator:
    """Makes wrong messages from the right one of an operation."""

    def __init__(self, genl, operation, values):
        self.op = genl.spec.ops[operation]
        self.known = genl.spec.sets[self.op.set]
        self.values = values
        self.attrs = [self.known[name] for name, _ in values]
        self.data = [nlmsg.payload(a, v) for a, (_, v) in zip(self.attrs, values)]
        self.parts = [nlmsg.attribute(a.number, d) for a, d in zip(self.attrs, self.data)]

    def changed(self, text, make):
        """One wrong message for each attribute for which make() returns something."""
        for at, attr in enumerate(self.attrs):
            new = make(attr, self.data[at])
            if new is None:
                continue
            body, fault = join(self.parts, at, new)
            yield Wrong("%s %s" % (attr.name, text), body, fault, attr.number)

    def absent(self, required):
        for at, attr in enumerate(self.attrs):
            if attr.name in required:
                body, _ = join(self.parts, at, b"")
                yield Wrong("%s absent" % attr.name, body, None, attr.number)

    def twice(self):
        body = b"".join(self.parts)
        for attr, part in zip(self.attrs, self.parts):
            yield Wrong("%s twice" % attr.name, body + part, nlmsg.HEADERS + len(body), attr.number)

    def empty(self):
        return self.changed("empty", lambda a, d: nlmsg.attribute(a.number, b""))

    def short(self):
        return self.changed("one byte short", lambda a, d: nlmsg.attribute(a.number, d[:-1]))

    @staticmethod
    def longer(attr, data):
        if attr.type == "string":
            return nlmsg.attribute(attr.number, b"x" * (attr.max_len + 1) + b"\0")
        return nlmsg.attribute(attr.number, data + b"\1")

    def long(self):
        return self.changed("one byte long", self.longer)

    @staticmethod
    def beyond(attr, _):
        """Above the highest value; for a string, without its end."""
        if attr.type == "string":
            return nlmsg.attribute(attr.number, b"x" * attr.max_len)
        if attr.max is None:
            return None
        return nlmsg.attribute(attr.number, (attr.max + 1).to_bytes(attr.width, "little"))

    @staticmethod
    def below(attr, _):
        if attr.type == "string":
            return None if attr.name in MAY_BE_EMPTY else nlmsg.attribute(attr.number, b"\0")
        if not attr.min:
            return None
        return nlmsg.attribute(attr.number, (attr.min - 1).to_bytes(attr.width, "little"))

    def limits(self):
        yield from self.changed("above its limit", self.beyond)
        yield from self.changed("below its limit", self.below)

    def nested(self):
        return self.changed("marked as a nest",
                            lambda a, d: nlmsg.attribute(a.number | nlmsg.NLA_F_NESTED, d))

    def wrapped(self):
        """The right attribute, but inside a nest of the same number."""
        return self.changed("inside a nest", lambda a, d: nlmsg.attribute(
            a.number | nlmsg.NLA_F_NESTED, nlmsg.attribute(a.number, d)))

    def swapped(self):
        return self.changed("marked as big endian",
                            lambda a, d: nlmsg.attribute(a.number | nlmsg.NLA_F_NET_BYTEORDER, d))

    def lying(self):
        """The length of the last attribute says more, or less, than there can be."""
        body, last = b"".join(self.parts[:-1]), self.attrs[-1].number
        yield Wrong("last attribute cut off", body + nlmsg.attribute(last, self.data[-1], 200))
        yield Wrong("last attribute of length 3", body + nlmsg.attribute(last, self.data[-1], 3))
        yield Wrong("3 bytes after the last attribute", b"".join(self.parts) + bytes(3))

    def unknown(self):
        """What the operation does not take: attributes of answers, and numbers that nothing has."""
        body = b"".join(self.parts)
        fault = nlmsg.HEADERS + len(body)
        numbers = [(a.name, a.number) for a in self.known.values() if a.name not in self.op.do]
        for name, number in numbers + [("0", 0), ("next", len(self.known) + 1), ("0x3fff", 0x3fff)]:
            yield Wrong("with attribute %s" % name, body + nlmsg.attribute(number, bytes(4)), fault, number)

    def all(self, required):
        yield "absent", self.absent(required)
        for kind in (self.twice, self.empty, self.short, self.long, self.limits, self.nested,
                     self.wrapped, self.swapped, self.lying, self.unknown):
            yield kind.__name__, kind()


def refused_stray(answer):
    """Has the kernel itself refused the first attribute, or what is too short for one?"""
    return answer.errno == errno.EINVAL and (
        answer.text == LEFTOVER or (answer.text in STRAY_KERNEL and answer.offset == nlmsg.HEADERS))


class Judge:
    """Sends, and says whether the refusal was a good one."""

    def __init__(self, genl, show):
        self.genl = genl
        self.show = show
        self.state = genl.snapshot()
        self.shown = self.slbctl()
        self.details = []

    def slbctl(self):
        shown = [subprocess.run(self.show[:1] + options + ["-b", self.show[1]], check=True,
                                stdout=subprocess.PIPE).stdout for options in ([], ["-j", "-s"])]
        return [re.sub(rb'"([a-z]+_)*since": *[0-9.]+', b"", text) for text in shown]

    @staticmethod
    def good(wrong, answer):
        if not answer.errno:
            return False
        if wrong.words:
            return wrong.words in answer.text or (wrong.words == STRAY and refused_stray(answer))
        if not answer.text and answer.missing is None:
            return answer.errno in SILENT
        if wrong.fault is not None:
            return answer.offset == wrong.fault
        return wrong.number is None or bool(answer.text) or answer.missing == wrong.number

    def send(self, wrong, command, flags=nlmsg.NLM_F_REQUEST | nlmsg.NLM_F_ACK, **header):
        answer = self.genl.send(self.genl.id, command, wrong.body, flags, **header)
        if not self.good(wrong, answer):
            self.details.append("%s (fault at %s): %s" % (wrong.text, wrong.fault, answer))

    def result(self, text, same=True):
        state = self.genl.snapshot()
        if same and state != self.state:
            self.details.append("the module's state changed")
        self.state = state
        print("fail" if self.details else "ok", text)
        for line in self.details:
            print("#", line)
        self.details = []

    def shows_the_same(self, operation):
        shown = self.slbctl()
        if shown != self.shown:
            self.details.append("slbctl shows something else")
            self.shown = shown
        self.result("%s %s: slbctl shows what it did before" % (self.genl.spec.name, operation))


def wrong_commands(genl):
    """(text, number, flags) of what is no command, or is none of that kind."""
    dump, do = nlmsg.NLM_F_REQUEST | nlmsg.NLM_F_DUMP, nlmsg.NLM_F_REQUEST | nlmsg.NLM_F_ACK
    for number in 0, max(op.number for op in genl.spec.ops.values()) + 1, 255:
        yield "command %d" % number, number, do
    for op in genl.spec.ops.values():
        if op.event:
            yield "event %s as a command" % op.name, op.number, do
        elif op.do is None:
            yield "%s without dump" % op.name, op.number, do
        elif op.dump is None:
            yield "%s as a dump" % op.name, op.number, dump


def run_mutations(judge, operation, values, required):
    name = judge.genl.spec.name
    for kind, wrongs in Mutator(judge.genl, operation, values).all(required):
        count = 0
        for wrong in wrongs:
            judge.send(wrong, judge.genl.spec.ops[operation].number)
            count += 1
        judge.result("%s %s: %s (%d messages)" % (name, operation, kind, count))
    judge.shows_the_same(operation)


def run_stray(judge, op, dump):
    """An operation about all objects must not do its work when the message asks for less."""
    flags = nlmsg.NLM_F_REQUEST | (nlmsg.NLM_F_DUMP if dump else nlmsg.NLM_F_ACK)
    for text, body in (("a name", nlmsg.attribute(1, b"l1\0")), ("an empty attribute", nlmsg.attribute(0, b"")),
                       ("an unknown attribute", nlmsg.attribute(77, bytes(8))), ("3 bytes", bytes(3))):
        wrong = Wrong("%s with %s" % (op.name, text), body)
        wrong.words = STRAY
        judge.send(wrong, op.number, flags)
    judge.result("%s %s%s: not with stray attributes" % (judge.genl.spec.name, op.name, " dump" if dump else ""))


def strays(genl):
    for op in genl.spec.ops.values():
        if op.do == [] and not op.event:
            yield op, False
        if op.dump == [] and not op.event:
            yield op, True


def run_table(judge, table):
    for operation, words, values in table:
        op = judge.genl.spec.ops[operation]
        wrong = Wrong(operation, judge.genl.encode(operation, values))
        wrong.words = words
        judge.send(wrong, op.number, nlmsg.NLM_F_REQUEST | (nlmsg.NLM_F_DUMP if op.do is None else nlmsg.NLM_F_ACK))
        judge.result('%s %s: "%s"' % (judge.genl.spec.name, operation, words))


def run_right(judge, messages):
    """The right messages must be right, or the wrong ones would prove nothing."""
    for operation, values in messages:
        answer = judge.genl.do(operation, values)
        if answer.errno:
            judge.details.append("%s: %s" % (operation, answer))
    judge.result("%s: all of the right messages are taken" % judge.genl.spec.name, same=False)


def main():
    family, show = sys.argv[1], sys.argv[2:4]
    genl, events = nlmsg.Genl(family), nlmsg.Genl(family)
    events.socket.setsockopt(nlmsg.SOL_NETLINK, nlmsg.NETLINK_ADD_MEMBERSHIP, events.groups["events"])
    right, table = nlbad_table.RIGHT[family], nlbad_table.TABLE[family]
    mutable = [m for m in right if m[1]]
    print("plan", len(mutable) * 12 + len(list(strays(genl))) + len(table) + 6, flush=True)
    judge = Judge(genl, show)
    for operation, values, *required in mutable:
        run_mutations(judge, operation, values, required)
    for op, dump in strays(genl):
        run_stray(judge, op, dump)
    judge.shows_the_same("with stray attributes")
    for text, number, flags in wrong_commands(genl):
        judge.send(Wrong(text, b""), number, flags)
    judge.result("%s: commands that do not exist" % family)
    wrong = Wrong("reserved bytes of the header", genl.encode(*mutable[0][:2]))
    wrong.words = "reserved"
    judge.send(wrong, genl.spec.ops[mutable[0][0]].number, reserved=1)
    judge.result("%s: a header with something in its reserved bytes" % family)
    run_table(judge, table)
    judge.shows_the_same("with what makes no sense")
    events.socket.setblocking(False)
    try:
        events.socket.recv(65536)
        judge.details.append("there was one")
    except BlockingIOError:
        pass
    judge.result("%s: no refused message made an event" % family)
    run_right(judge, [m[:2] for m in right])


main()
