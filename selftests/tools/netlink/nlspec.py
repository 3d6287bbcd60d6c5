# SPDX-License-Identifier: GPL-2.0-only
"""Reads a netlink specification: numbers, types and limits of attributes, and what each operation takes.

scripts/regen writes the JSON beside this file from Documentation/netlink/specs.
"""

import functools
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))


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
        with open(os.path.join(HERE, family + ".json"), encoding="utf-8") as file:
            top = json.load(file)
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
