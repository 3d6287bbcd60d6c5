#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Makes a copy of a module that the kernel takes for another one.

Usage: rename_module.py MODULE.ko COPY.ko OLD NEW [STRING]...

OLD and NEW are names of one length; of each STRING that begins with OLD the copy has one that begins with
NEW. With the names of slab caches as strings, but not that of the netlink family, the copy of a module that
is loaded gets through all of its initialisation but the last step.
"""

import sys


def main():
    source, target, old, new = sys.argv[1:5]
    with open(source, "rb") as file:
        data = file.read()
    # struct module: state and list, which are 0 in the file, then 56 bytes of name
    place, name = bytes(24) + old.encode().ljust(56, b"\0"), bytes(24) + new.encode().ljust(56, b"\0")
    if len(old) != len(new) or data.count(place) != 1:
        sys.exit("%s: its name is not where it is expected" % source)
    data = data.replace(place, name)
    for string in sys.argv[5:]:
        changed = new + string[len(old):]
        data = data.replace(b"\0%s\0" % string.encode(), b"\0%s\0" % changed.encode())
    with open(target, "wb") as file:
        file.write(data)


main()
