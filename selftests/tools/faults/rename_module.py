#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Makes a copy of a module that the kernel takes for another one.

Usage: rename_module.py MODULE.ko COPY.ko OLD NEW [STRING]...

OLD and NEW are names of one length; of each STRING that begins with OLD the copy has one that begins with
NEW. With the names of slab caches as strings, but not that of the netlink family, the copy of a module that
is loaded gets through all of its initialisation but the last step.
"""

import struct
import sys

# The section of struct module, and how many bytes of it, state and list, come before the name.
SECTION, BEFORE = b".gnu.linkonce.this_module", 24


def section(data, wanted):
    """Where a section of an ELF file of 64 bits begins."""
    order = "<" if data[5] == 1 else ">"
    table, = struct.unpack_from(order + "Q", data, 40)
    size, number, names = struct.unpack_from(order + "HHH", data, 58)
    headers = [struct.unpack_from(order + "IIQQQQ", data, table + i * size) for i in range(number)]
    for header in headers:
        at = headers[names][4] + header[0]
        if data[at:data.index(b"\0", at)] == wanted:
            return header[4]
    return None


def main():
    source, target, old, new = sys.argv[1:5]
    with open(source, "rb") as file:
        data = bytearray(file.read())
    start = section(data, SECTION)
    if len(old) != len(new) or start is None or not data.startswith(old.encode() + b"\0", start + BEFORE):
        sys.exit("%s: its name is not where it is expected" % source)
    for string in sys.argv[5:]:
        changed = new + string[len(old):]
        data = data.replace(b"\0%s\0" % string.encode(), b"\0%s\0" % changed.encode())
    data[start + BEFORE:start + BEFORE + len(new)] = new.encode()
    with open(target, "wb") as file:
        file.write(data)


main()
