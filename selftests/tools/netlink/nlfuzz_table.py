#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Prints what tools/netlink/nlfuzz.c has to know of a family: operations, attributes and values that make sense.

Usage: nlfuzz_table.py FAMILY > TABLE

    op NUMBER NAME do|dump CHANGES SHARED
                                         each kind of each operation. CHANGES: 1 when it changes something, 2 when it
                                         may even when it is refused: a commit whose undo makes no sense. SHARED: 1 when
                                         workers should often use it on the same objects
    attr NUMBER NAME KIND WIDTH MIN MAX NEEDED
                                         what the last op takes; KIND is u, s or b (number, string, bytes); - is no
                                         limit; NEEDED is 0, 1, or 2 when there is no such message without it
    value WORKER INDEX HEX               a right value of the last attr: those of one INDEX go together
    state NUMBER NAME do|dump KEY LIFE OP ATTRIBUTE...
                                         where the configuration is told; ATTRIBUTEs are what was configured, KEY is that
                                         by which OP's values tell whose an object is (0: nobody's), LIFE one whose
                                         values above 1 follow from 1 by themselves (0: none): a server that drains
                                         closes at its deadline

A new attribute that no values are known for is an error: it shall not be forgotten.
"""

import sys

import nlbad_table
import nlmsg
import nlspec

WORKERS, OBJECTS = 2, 4
# Several programs use these at a time: daemons that copy sessions and flows, and who changes heirs, adopted ranges and
# next hops meanwhile.
SHARED = {
    "slb": ("sync-get", "sync-add", "sync-feed", "sync-set", "link-set", "session-get", "session-flush"),
    "slb_relay": ("flow-add", "flow-get", "flow-flush", "balancer-set", "link-set"),
}
# Numbers that are not set to their limits: so large a log is more than a small machine has room for. nlbad.py tries them.
UNLIMITED = ("sync-log",)
# Without these there is no object that a request could be about; others may be absent together.
ESSENTIAL = ("name", "balancer", "addr", "proto", "group", "dev", "client", "client-port", "vip", "vip-port")


def names(prefix):
    return lambda worker, i: prefix + "%d%d" % (worker, i)


def links(form):
    """Link @i of a worker: the first two of the first worker have devices, and traffic."""
    return lambda worker, i: form.format(line=4 * worker + i + 1, wide=16 * (4 * worker + i + 1), worker=worker)


def record(worker, i):
    """A session that a balancer could take, of UDP; the last one has ended."""
    address = lambda *octets: bytes(octets).ljust(16, b"\0")
    return (bytes([4, 17, 1 + (i == 3), 6, 0, 1, 0, 0]) + address(10, 64, 9, i) + address(203, 0, 113, 1 + worker) +
            address(10, 1, 200 + worker, 1 + i) + address(192, 0, 2, 1) + bytes([4, i, 0, 53, 5, i, 0, 53]) + bytes(16))


# By the name of the attribute, or SET.NAME where the same name means different things; what is missing is no name
# but a number, of which the specification has the limits.
VALUES = {
    "slb": {
        "link.name": names("l"), "link.new-name": names("l"), "dev": links("l{line}"), "return-link": names("l"),
        "via4": lambda w, i: "100.64.1.%d" % (16 * (4 * w + i + 1) + 1),
        "local4-first": links("10.1.{line}.1"), "local4-last": links("10.1.{line}.4"),
        "via6": links("2001:db8:b:1{line}::1"), "local6-first": links("2001:db8:a:1::{line}1"),
        "local6-last": links("2001:db8:a:1::{line}4"),
        "host4": links("10.1.{line}.4"), "host6": links("2001:db8:a:1::{line}4"),
        "adopt4-first": links("10.1.20{worker}.1"), "adopt4-last": links("10.1.20{worker}.9"),
        "adopt6-first": links("2001:db8:a:20{worker}::1"), "adopt6-last": links("2001:db8:a:20{worker}::9"),
        "via4-more": lambda w, i: bytes([100, 64, 1, 200 + i, 100, 64, 1, 210 + 4 * w + i])[:4 + 4 * (i & 1)],
        "via6-more": lambda w, i: b"\x20\1\r\xb8" + bytes(10) + bytes([w, 1 + i]),
        "records": lambda w, i: record(w, i), "ranges": lambda w, i: b"\4" + bytes(3) + bytes([10, 1, 200 + w, i]).ljust(16, b"\0") * 2,
        "after": lambda w, i: i, "epoch": lambda w, i: i,
        "group.name": names("g"), "group.new-name": names("g"), "group": names("g"),
        "scheduler": lambda w, i: ("rr", "mh", "wlc", "sh")[i], "table-size": lambda w, i: (251, 251, 13, 65537)[i],
        "min-healthy": lambda w, i: i, "tier-min": lambda w, i: i, "slow-start": lambda w, i: (5, 0, 86400, 0)[i],
        "persist": lambda w, i: (0, 1, 60, 0)[i], "prefix4": lambda w, i: (8, 24, 32, 1)[i], "prefix6": lambda w, i: (64, 128, 1, 48)[i],
        "hash-balance-factor": lambda w, i: (0, 125, 1000, 0)[i],
        "persist-limit": lambda w, i: (0, 10, 1000, 65536)[i],
        "hash": lambda w, i: (1, 0, 0, 1)[i], "server.session-limit": lambda w, i: (0, 1, 1000, 0)[i],
        "vip.session-limit": lambda w, i: (0, 1000, 1, 0)[i], "client-limit": lambda w, i: (1, 0, 1000, 2)[i],
        "mark": lambda w, i: (0x10, 0, 0x80000001, 1)[i], "mark-mask": lambda w, i: (0xff, 0, 0xffffffff, 0xf0)[i],
        "group.client-address": lambda w, i: (1, 0, 2, 0)[i], "vip.client-address": lambda w, i: (0, 2, 3, 1)[i],
        "server.addr": lambda w, i: ("192.0.2.1", "2001:db8:5::1", "192.0.2.12", "192.0.2.13")[i],
        "server.port": lambda w, i: (0, 0, 80, 8080)[i], "server.state": lambda w, i: (0, 1, 1, 2)[i],
        "health-why": lambda w, i: ("", "refused", "HTTP 503", "no answer in 2 s")[i], "server.link": names("l"),
        "vip.proto": lambda w, i: ("udp", "udp", "tcp", "any")[i],
        "vip.addr": lambda w, i: ("203.0.113.%d" if i % 2 == 0 else "2001:db8:f::%d") % (1 + w),
        "vip.port-first": lambda w, i: (53, 53, 80, 1000)[i], "vip.port-last": lambda w, i: (53, 53, 90, 2000)[i],
        "session.proto": lambda w, i: "udp", "explain.proto": lambda w, i: ("udp", "tcp", "sctp", "udp")[i],
        "ingress-link": names("l"), "client": lambda w, i: "10.64.0.%d" % (i + 1),
        "client-port": lambda w, i: 1024 + i, "vip": lambda w, i: "203.0.113.%d" % (1 + w), "vip-port": lambda w, i: 53,
        "server": lambda w, i: "192.0.2.1", "server-port": lambda w, i: 53, "local": lambda w, i: "10.1.1.%d" % (i + 1),
        "local-port": lambda w, i: 1024 + i, "hash-key": lambda w, i: bytes([w, i]) * 8,
        "trace.proto": lambda w, i: "udp", "client-prefix": lambda w, i: (32, 24, 8, 0)[i],
        "reason": lambda w, i: ("ttl", "chain", "short", "unmatched")[i], "any": lambda w, i: 0,
        "session-limit": lambda w, i: 1 << 20, "sync-log": lambda w, i: (1024, 4096, 65536, 131072)[i], "setting.port-first": lambda w, i: 1024 + i,
        "setting.port-last": lambda w, i: 65535 - i, "icmp-rate": lambda w, i: 1000 * i,
    },
    "slb_relay": {
        "balancer.name": lambda w, i: "b%d%d" % (w, i // 2), "balancer": lambda w, i: "b%d%d" % (w, i // 2),
        "balancer.new-name": lambda w, i: "b%d%d" % (w, i // 2),
        "balancer.heir": lambda w, i: ("auto", "none", "b%d0" % w, "b%d1" % w)[i],
        "link.name": names("l"), "link.new-name": names("l"), "link": names("l"), "dev": links("l{line}"),
        "via4": lambda w, i: "100.64.1.%d" % (16 * (4 * w + i + 1) + 1),
        "return4-first": links("10.11.{line}.1"), "return4-last": links("10.11.{line}.4"),
        "via6": links("2001:db8:b:1{line}::1"), "return6-first": links("2001:db8:a:11::{line}1"),
        "return6-last": links("2001:db8:a:11::{line}4"),
        "vip.proto": lambda w, i: ("udp", "udp", "tcp", "any")[i],
        "addr": lambda w, i: ("203.0.113.10%d" if i % 2 == 0 else "2001:db8:f:1::%d") % (1 + w),
        "port-first": lambda w, i: (53, 53, 80, 1000)[i], "port-last": lambda w, i: (53, 53, 90, 2000)[i],
        "flow.proto": lambda w, i: "udp", "flow.state": lambda w, i: (6, 1, 6, 5)[i], "client": lambda w, i: "10.64.0.%d" % (i + 1),
        "client-port": lambda w, i: 1024 + i, "flow.vip": lambda w, i: "203.0.113.10%d" % (1 + w),
        "vip-port": lambda w, i: 53, "idle": lambda w, i: 1000 * i, "hash-key": lambda w, i: bytes([w, i]) * 8,
        "trace.proto": lambda w, i: "udp", "client-prefix": lambda w, i: (32, 24, 8, 0)[i],
        "trace.vip": lambda w, i: "203.0.113.10%d" % (1 + w),
        "server": lambda w, i: "192.0.2.1", "server-port": lambda w, i: 53,
        "reason": lambda w, i: ("ttl", "chain", "short", "unmatched")[i], "any": lambda w, i: 0,
        "flow-limit": lambda w, i: (0, 100, 1000, 262144)[i],
    },
}


def staged(family, worker, i):
    """What a transaction may have: it changes an object of the worker."""
    noun = "group" if family == "slb" else "balancer"
    spec = nlspec.load(family)
    known = spec.sets[noun]
    name = nlmsg.payload(known["name"], VALUES[family][noun + ".name"](worker, i))
    return spec.ops[noun + ("-add", "-del", "-set", "-add")[i]].number, nlmsg.attribute(known["name"].number, name)


def value(family, op, attr, worker, i):
    if op.set == "txn":
        number, request = staged(family, worker, i)
        return {"op": bytes([number]), "undo-op": bytes([number]), "generation": bytes([i, 0, 0, 0])}.get(attr.name, request)
    known = VALUES[family]
    make = known.get("%s.%s" % (op.set, attr.name), known.get(attr.name))
    if make:
        return nlmsg.payload(attr, make(worker, i))
    if attr.max is None or attr.width is None:
        sys.exit("%s: no values for %s of %s are known" % (family, attr.name, op.name))
    low = attr.min or 0
    number = (attr.max, low, (low + attr.max) // 2, min(attr.max, low + 3))[i]
    return number.to_bytes(attr.width, "little")


def limit(number):
    return "-" if number is None else number


def print_op(spec, op, dump, takes, required):
    print("op", op.number, op.name, "dump" if dump else "do", int(op.admin) + (op.name == "txn-commit"),
          int(op.name in SHARED[spec.name]))
    for name in takes:
        attr = spec.sets[op.set][name]
        kind = {"string": "s", "binary": "b"}.get(attr.type, "u")
        width = attr.exact_len if kind == "b" else attr.width
        top = attr.max_len if kind == "s" else attr.max
        low, top = (None, None) if name in UNLIMITED else (attr.min, top)
        print("attr", attr.number | nlmsg.NLA_F_NESTED * attr.request, name, kind, width or 0, limit(low), limit(top),
              (name in required) + (name in required and name in ESSENTIAL))
        for worker in range(WORKERS):
            for i in range(OBJECTS):
                print("value", worker, i, value(spec.name, op, attr, worker, i).hex() or "-")


def print_state(spec, op, dump):
    noun = op.name[:-len("-get")]
    makes = spec.ops.get(noun + "-add") or spec.ops.get(noun + "-set")
    # sessions and flows are no configuration: they age
    if not makes or op.set in ("sync", "flow"):
        return
    known, key = spec.sets[op.set], 0
    if dump:
        key = known["addr" if noun == "vip" else makes.do[0]].number
    life = known["state"].number if noun == "server" else 0
    print("state", op.number, op.name, "dump" if dump else "do", key, life, makes.name,
          *(known[name].number for name in makes.do))


def main():
    spec = nlspec.load(sys.argv[1])
    print("family", spec.name)
    required = {name: needs for name, _, *needs in nlbad_table.RIGHT[spec.name]}
    required["txn-stage"] = ["op"]
    for op in spec.ops.values():
        if op.event:
            continue
        if op.do is not None:
            print_op(spec, op, False, op.do, required.get(op.name, []))
        if op.dump is not None:
            print_op(spec, op, True, op.dump, [])
    for op in spec.ops.values():
        if op.name.endswith("-get") and (op.dump is not None or op.do == []):
            print_state(spec, op, op.dump is not None)


main()
