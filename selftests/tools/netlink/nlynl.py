#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Does the YNL library of a kernel tree understand what both families send, by their specifications?

Usage: nlynl.py SPECS TREE

Each attribute that a reply names is made and decoded: addresses become text, and several addresses in one attribute do
not stop the library. Each attribute that a request names is encoded by its name, and is what the kernel takes: addresses
from text where the library can do that, else from bytes. Prints what is wrong, and last "N attributes".
"""

import os
import socket
import struct
import sys

ADDRS = {"ipv4": "203.0.113.80", "ipv6": "2001:db8::80"}
WIDTHS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "uint": "I"}
# As many addresses as one attribute may have.
SEVERAL = 7
# What has no form for people.
RAW = ("records", "ranges", "request", "undo-request")


def client(module, specs, tree, family):
    """A client of the library that has no socket: the family need not exist here."""
    made = object.__new__(module.YnlFamily)
    module.SpecFamily.__init__(made, os.path.join(specs, family + ".yaml"),
                               os.path.join(tree, "Documentation/netlink/genetlink-legacy.yaml"))
    made.include_raw, made.process_unknown = False, False
    return made


def sample(attr):
    """Bytes of an attribute, and what the library should make of them; None: anything."""
    hint, several = attr.display_hint, attr.name.endswith("-more")
    if attr["type"] == "binary":
        if several:
            return bytes(16 * SEVERAL if "6" in attr.name else 4 * SEVERAL), None
        if hint in ADDRS:
            af = socket.AF_INET if hint == "ipv4" else socket.AF_INET6
            return socket.inet_pton(af, ADDRS[hint]), ADDRS[hint]
        return bytes(16), None
    if attr["type"] == "string":
        return b"name\0", "name"
    if attr["type"] == "flag":
        return b"", True
    if attr["type"] in WIDTHS:
        big = attr.byte_order == "big-endian"
        return struct.pack((">" if big else "=") + WIDTHS[attr["type"]], 1), None if "enum" in attr else 1
    return None, None


def decode(ynl, module, space, attr):
    """What is wrong about an attribute, or None."""
    data, wanted = sample(attr)
    if data is None:
        return None
    raw = struct.pack("=HH", 4 + len(data), attr.value) + data + bytes(-len(data) % 4)
    try:
        got = ynl._decode(module.NlAttrs(raw), space)[attr.name]
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error)
    if attr.is_multi:
        got = got[0]
    if wanted is not None and got != wanted:
        return "is %s, not %s" % (got, wanted)
    if attr["type"] == "binary" and attr.name not in RAW and not isinstance(got, str):
        return "is shown as bytes"
    return None


def encode(ynl, module, space, attr):
    """What is wrong about an attribute of a request, or None."""
    data, value = sample(attr)
    if data is None:
        return None
    if attr["type"] == "string":
        value = "name"
    elif attr["type"] != "binary":
        value = value or 1
    elif value not in ADDRS.values() or not hasattr(ynl, "_from_string"):
        value = data
    value = [value] if attr.is_multi else value
    wanted = struct.pack("=HH", 4 + len(data), attr.value) + data + bytes(-len(data) % 4)
    try:
        got = ynl._add_attr(space, attr.name, value, module.SpaceAttrs(ynl.attr_sets[space], {}))
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error)
    return None if got == wanted else "is sent as %s, not %s" % (got.hex(), wanted.hex())


def main():
    specs, tree = sys.argv[1:]
    sys.path.insert(0, os.path.join(tree, "tools/net/ynl"))
    from lib import ynl as module
    count = 0
    for family in "slb", "slb_relay":
        made = client(module, specs, tree, family)
        for op in made.ops.values():
            for how in "do", "dump":
                for name in op.yaml.get(how, {}).get("reply", {}).get("attributes", []):
                    space = op.yaml["attribute-set"]
                    fault = decode(made, module, space, made.attr_sets[space][name])
                    count += 1
                    if fault:
                        print("%s %s %s: %s: %s" % (family, op.name, how, name, fault))
                for name in op.yaml.get(how, {}).get("request", {}).get("attributes", []):
                    space = op.yaml["attribute-set"]
                    fault = encode(made, module, space, made.attr_sets[space][name])
                    count += 1
                    if fault:
                        print("%s %s %s: request: %s: %s" % (family, op.name, how, name, fault))
    print("%d attributes" % count)


main()
