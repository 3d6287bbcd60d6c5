#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Tries every operation of both modules and prints what came of each: who may do what?

Usage: nlprivilege.py [before | after]      (the configuration is that of lib_netlink.sh)

    before    gives up all privileges, then opens sockets
    after     opens sockets, then gives up all privileges

Prints "FAMILY OPERATION do|dump RESULT", RESULT being yes or the name of an error. Operations that change
something come in an order in which all of them can succeed; "events join" is listening to events.
"""

import errno
import os
import sys

import nlbad_table
import nlmsg
import nlspec

FAMILIES = ("slb", "slb_relay")


def nobody():
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


def name(code):
    return errno.errorcode[code] if code else "yes"


def reads(spec):
    """(operation, is it a dump) of what needs no attributes and changes nothing."""
    for op in spec.ops.values():
        if op.dump is not None:
            yield op, True
        if op.do == [] and (not op.admin or op.name == "key-get") and not op.event:
            yield op, False


def events(genl):
    try:
        genl.socket.setsockopt(nlmsg.SOL_NETLINK, nlmsg.NETLINK_ADD_MEMBERSHIP, genl.groups["events"])
    except OSError as error:
        return error.errno
    genl.socket.setsockopt(nlmsg.SOL_NETLINK, 2, genl.groups["events"])     # NETLINK_DROP_MEMBERSHIP
    return 0


def main():
    when = sys.argv[1] if len(sys.argv) > 1 else ""
    # what has to be read from files is read first: nobody may not be able to
    for family in FAMILIES:
        nlspec.load(family)
    if when == "before":
        nobody()
    genls = [nlmsg.Genl(family) for family in FAMILIES]
    if when == "after":
        nobody()
    for genl in genls:
        family = genl.spec.name
        print(family, "events", "join", name(events(genl)))
        for op, dump in reads(genl.spec):
            answer = genl.dump(op.name) if dump else genl.do(op.name)
            print(family, op.name, "dump" if dump else "do", name(answer.errno))
        messages = nlbad_table.RIGHT[family] + nlbad_table.txn(genl.spec) + nlbad_table.TRACE
        # each operation once
        for operation, values in {operation: values for operation, values, *_ in messages}.items():
            print(family, operation, "do", name(genl.do(operation, values).errno))


main()
