# SPDX-License-Identifier: GPL-2.0-only
"""Reads a netlink specification: numbers, types and limits of attributes, and what each operation takes.

Only the YAML that our specifications are written in is understood: blocks by indentation, a dash for each
item, plain scalars, [ a, b ], {} and folded text.
"""

import functools
import os

SPECS = os.path.join(os.environ.get("SLB_DIR") or os.path.join(os.path.dirname(__file__), "../../.."),
                     "Documentation/netlink/specs")


def scalar(text):
    if text == "{}":
        return {}
    if text.startswith("["):
        return [item.strip() for item in text.strip("[]").split(",")]
    return int(text) if text.isdigit() else text


class Lines:
    """The lines that matter, as (indentation, text)."""

    def __init__(self, text):
        self.lines = [(len(line) - len(line.lstrip()), line.strip()) for line in text.splitlines()
                      if line.strip() and not line.lstrip().startswith("#")]
        self.at = 0

    def indent(self):
        return self.lines[self.at][0] if self.at < len(self.lines) else -1

    def take(self):
        self.at += 1
        return self.lines[self.at - 1][1]

    def block(self, indent):
        """What begins here and is indented that much: a list or a dictionary."""
        if self.lines[self.at][1].startswith("-"):
            return [self.item(indent) for _ in iter(lambda: self.indent() == indent, False)]
        return dict(self.entry(indent) for _ in iter(lambda: self.indent() == indent, False))

    def item(self, indent):
        text = self.take()[1:].strip()
        return scalar(text) if text else self.deeper(indent)

    def entry(self, indent):
        key, _, text = self.take().partition(":")
        text = text.strip()
        if text == ">-":
            words = []
            while self.indent() > indent:
                words.append(self.take())
            return key, " ".join(words)
        return key, scalar(text) if text else self.deeper(indent)

    def deeper(self, indent):
        return self.block(self.indent()) if self.indent() > indent else {}


class Attribute:
    """One attribute: its number, its type, and the limits that the specification sets."""

    WIDTH = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}

    def __init__(self, number, entry, consts, enums):
        def limit(name):
            value = entry.get("checks", {}).get(name)
            return consts.get(value, value)

        self.number = number
        self.name = entry["name"]
        self.type = entry["type"]
        self.nested = entry.get("nested-attributes")
        # attributes of another operation: the specification has no type for that
        self.request = self.type == "binary" and self.name.endswith("request")
        self.width = self.WIDTH.get(self.type)
        self.min, self.max = limit("min"), limit("max")
        if self.max is None:
            self.max = enums.get(entry.get("enum"))
        self.max_len, self.exact_len = limit("max-len"), limit("exact-len")


class Operation:
    """One command: its number, and the names of the attributes of its requests and replies."""

    def __init__(self, number, entry):
        self.number = number
        self.name = entry["name"]
        self.set = entry.get("attribute-set")
        self.event = "notify" in entry
        self.admin = "admin-perm" in entry.get("flags", [])
        self.do = self.takes(entry, "do")
        self.dump = self.takes(entry, "dump")
        self.do_reply = self.gives(entry, "do")
        self.dump_reply = self.gives(entry, "dump")

    @staticmethod
    def takes(entry, how):
        """None when the operation does not exist that way."""
        return entry[how].get("request", {}).get("attributes", []) if how in entry else None

    @staticmethod
    def gives(entry, how):
        """The attributes of the answer."""
        return entry.get(how, {}).get("reply", {}).get("attributes", [])


class Spec:
    """A family: .consts, .sets[set][attribute], .ops[operation]."""

    def __init__(self, family):
        with open(os.path.join(SPECS, family + ".yaml"), encoding="utf-8") as file:
            lines = Lines(file.read())
        top = lines.block(0)
        self.name = top["name"]
        self.consts = {d["name"]: d["value"] for d in top["definitions"] if d["type"] == "const"}
        # the last value of each
        enums = {d["name"]: len(d["entries"]) - 1 for d in top["definitions"] if d["type"] == "enum"}
        self.sets = {
            s["name"]: {entry["name"]: Attribute(i, entry, self.consts, enums)
                        for i, entry in enumerate(s["attributes"], 1)}
            for s in top["attribute-sets"]
        }
        self.ops = {entry["name"]: Operation(i, entry)
                    for i, entry in enumerate(top["operations"]["list"], 1)}


@functools.lru_cache
def load(family):
    """The specification of a family, read once."""
    return Spec(family)
