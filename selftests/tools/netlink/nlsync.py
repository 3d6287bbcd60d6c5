#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Records of sessions, by raw netlink: reads, keeps and gives them as slb-syncd does, and makes wrong ones.

Usage: nlsync.py dump FILE             all records into a file
       nlsync.py next                  prints the position in the log
       nlsync.py changes AFTER FILE    records from a position on into a file; prints "NEXT LOST BEHIND"
       nlsync.py follow                reads the log every 100 ms until it is killed
       nlsync.py add FILE [EPOCH]      gives the records of a file; prints the counters that are not 0
       nlsync.py feed RANGES [EPOCH]   FIRST-LAST[,FIRST-LAST]...; prints how many sessions were swept
       nlsync.py keep RANGE            feeds twice a second, as a daemon does, until it is ended
       nlsync.py set 0|1               behind
       nlsync.py print FILE            a line for each record, sorted
       nlsync.py wrong FILE            gives records of a file with one field wrong; prints what is not refused so
       nlsync.py forged COUNT SEED     gives records of random bytes; prints how many were taken
       nlsync.py twice DUMP            prints how many records a file has more than once
"""
import ipaddress
import random
import struct
import sys
import time
import time

import nlmsg

RECORD = struct.Struct("!BBBBHBB16s16s16s16sHHHHIIIBBH")
FIELDS = ("family proto what state flags fins address client vip local server client_port vip_port local_port "
          "server_port age idle first header scale reserved").split()
RANGE = struct.Struct("!B3x16s16s")
LIVE, STATE, END = 1, 1, 2
MOST = 512


def unpack(data):
    return [dict(zip(FIELDS, RECORD.unpack_from(data, at))) for at in range(0, len(data), RECORD.size)]


def pack(record):
    return RECORD.pack(*(record[name] for name in FIELDS))


def raw(text):
    addr = ipaddress.ip_address(text)
    return addr.version, addr.packed.ljust(16, b"\0")


def text(family, data):
    return str(ipaddress.ip_address(data[:4] if family == 4 else data))


def attr(genl, message, name):
    """An attribute of an answer as bytes, or None."""
    number = genl.spec.sets["sync"][name].number
    return dict(nlmsg.attributes(message[1])).get(number)


def number(data):
    return int.from_bytes(data or b"", "little")


def checked(answer):
    if answer.errno:
        sys.exit("nlsync: %s" % answer)
    return answer


def dump(genl):
    messages = checked(genl.dump("sync-get")).messages
    return b"".join(attr(genl, message, "records") or b"" for message in messages)


def add(genl, data, epoch=None):
    """Gives records; what became of them, by name."""
    total = {}
    for at in range(0, len(data), MOST * RECORD.size):
        values = [("records", data[at:at + MOST * RECORD.size])]
        if epoch is not None:
            values.append(("epoch", epoch))
        answer = checked(genl.do("sync-add", values))
        for name, value in genl.decode("sync-add", answer.messages[0]).items():
            total[name] = total.get(name, 0) + value
    return {name: value for name, value in total.items() if value}


def ranges(words):
    first, last = words.split("-")
    (family, low), (_, high) = raw(first), raw(last)
    return RANGE.pack(family, low, high)


def show(record):
    family = record["family"]
    ends = ["%s %s:%d" % (name, text(family, record[name]), record[name + "_port"])
            for name in ("client", "vip", "local", "server")]
    return "%s proto %d state %d fins %d %s header %d" % (
        "end" if record["what"] == END else "live" if record["flags"] & LIVE else "copy", record["proto"],
        record["state"], record["fins"], " ".join(ends), record["header"])


# By the refusal that is due: a field and a wrong value.
WRONG = {
    "refused-invalid": [("family", 0), ("family", 5), ("proto", 0), ("proto", 47), ("what", 0), ("what", 3),
                        ("state", 0), ("state", 200), ("fins", 4), ("address", 3), ("address", 1),
                        ("client", b"\xff" * 16), ("client", bytes(16)), ("server", b"\xff" * 16)],
    "refused-range": [("local", raw("10.99.99.99")[1]), ("local", bytes(16))],
    "refused-vip": [("vip", raw("203.0.113.99")[1]), ("vip", raw("2001:db8:f::99")[1])],
    "refused-server": [("server", raw("192.0.2.99")[1]), ("server_port", 9)],
}


def wrong(genl, record):
    for name, cases in WRONG.items():
        for field, value in cases:
            got = add(genl, pack(dict(record, **{field: value})))
            if got != {name: 1}:
                print("%s %s: %s, not %s" % (field, value, got, name))
    for data in (b"", b"x", pack(record)[:-1], pack(record) * (MOST + 1)):
        answer = genl.do("sync-add", [("records", data)])
        if answer.errno != 22 and data:
            print("%d bytes: %s" % (len(data), answer))


def forged(genl, count, seed):
    rng, taken = random.Random(seed), 0
    for _ in range(0, count, MOST):
        got = add(genl, rng.randbytes(MOST * RECORD.size))
        taken += got.get("added", 0) + got.get("ended", 0)
    print(taken)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def changes(genl, after, path):
    answer = checked(genl.do("sync-get", [("after", after)])).messages[0]
    with open(path, "wb") as file:
        file.write(attr(genl, answer, "records") or b"")
    print(*(number(attr(genl, answer, name)) for name in ("next", "lost", "behind")))


def follow(genl):
    after = number(attr(genl, checked(genl.do("sync-get")).messages[0], "next"))
    while True:
        answer = checked(genl.do("sync-get", [("after", after)])).messages[0]
        after = number(attr(genl, answer, "next"))
        if not attr(genl, answer, "records"):
            time.sleep(0.1)


def main(genl, command, *words):
    if command == "dump":
        with open(words[0], "wb") as file:
            file.write(dump(genl))
    elif command == "next":
        print(number(attr(genl, checked(genl.do("sync-get")).messages[0], "next")))
    elif command == "changes":
        changes(genl, int(words[0]), words[1])
    elif command == "follow":
        follow(genl)
    elif command == "add":
        print(*("%s %d" % item for item in add(genl, read(words[0]), *map(int, words[1:])).items()))
    elif command == "feed":
        values = [("ranges", b"".join(map(ranges, words[0].split(","))))] + [("epoch", int(word)) for word in words[1:]]
        print(number(attr(genl, checked(genl.do("sync-feed", values)).messages[0], "swept")))
    elif command == "keep":
        while True:
            checked(genl.do("sync-feed", [("ranges", ranges(words[0]))]))
            time.sleep(0.5)
    elif command == "set":
        checked(genl.do("sync-set", [("behind", int(words[0]))]))
    elif command == "print":
        print("\n".join(sorted({show(record) for record in unpack(read(words[0]))})))
    elif command == "twice":
        records = [pack(record) for record in unpack(read(words[0]))]
        print(len(records) - len(set(records)))
    elif command == "wrong":
        wrong(genl, unpack(read(words[0]))[0])
    elif command == "forged":
        forged(genl, int(words[0]), int(words[1]))


if __name__ == "__main__":
    main(nlmsg.Genl("slb"), *sys.argv[1:])
