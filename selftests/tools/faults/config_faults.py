#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Makes configuration files with one fault each of a good one, and applies them: each is refused, and names its line.

Usage: config_faults.py SLBCTL GOOD DIR    GOOD: a file in which the objects of DEPENDS have others that need them
prints "NUMBER files", then a line for each that was not refused as it should be
"""

import os
import re
import subprocess
import sys

SLBCTL, GOOD, DIR = sys.argv[1:4] if len(sys.argv) == 4 else sys.exit(__doc__)
# Words that begin the line of an object without which the file is wrong.
DEPENDS = ("group web", "group far", "group empty", "relay balancer b1", "relay balancer b2")
ADDRESS = re.compile(r"(?<![\w:.])(\d+\.\d+\.\d+\.\d+|[0-9a-f]+:[0-9a-f:]+:[0-9a-f:]+)")
NUMBER = re.compile(r"(?<= )(\d+)(?= |$)")


def change(lines, n, text):
    return lines[:n] + [text] + lines[n + 1:]


def replaced(match, text, line):
    return line[:match.start(1)] + text + line[match.end(1):]


def faults_of_line(lines, n):
    """Yields (what is wrong, the lines, numbers of lines that the refusal may name)."""
    line, here = lines[n], [n + 1]
    yield "an unknown object", change(lines, n, "x" + line), here
    yield "an unknown keyword", change(lines, n, line + " wieght 4"), here
    yield "a keyword without its value", change(lines, n, line + " weight"), here
    yield "a word too many", change(lines, n, line + " ''"), here
    yield "an open quote", change(lines, n, line + ' "'), here
    yield "no value", change(lines, n, line.rsplit(" ", 1)[0]) if NUMBER.search(line[-6:]) else None, here
    yield "the object twice", lines[:n + 1] + [line] + lines[n + 1:], [n + 1, n + 2]
    for address in ADDRESS.finditer(line):
        wrong = "192.0.2.300" if "." in address[1] else "2001:db8::g"
        yield "no address", change(lines, n, replaced(address, wrong, line)), here
        wrong = "224.0.0.1" if "." in address[1] else "ff02::1"
        yield "a multicast address", change(lines, n, replaced(address, wrong, line)), here
    for number in NUMBER.finditer(line):
        yield "no number", change(lines, n, replaced(number, "many", line)), here
        yield "a number of 33 bits", change(lines, n, replaced(number, "4294967296", line)), here
        yield "a negative number", change(lines, n, replaced(number, "-1", line)), here


def faults(lines):
    for n, line in enumerate(lines):
        if n and line != "end" and not line.startswith("#"):
            yield from faults_of_line(lines, n)
        if line.startswith(DEPENDS):
            name = line.split()[2 if line.startswith("relay") else 1]
            users = [m + 1 for m, other in enumerate(lines) if m != n and name in other.split()]
            yield "an object missing", lines[:n] + [""] + lines[n + 1:], users
    yield "no first line", [""] + lines[1:], range(1, len(lines) + 1)
    yield "another version", change(lines, 0, "slb-config 2"), [1]
    yield "no last line", lines[:-1], [len(lines) - 1, len(lines)]
    yield "words after the end", lines + ["group late"], [len(lines) + 1]


def main():
    with open(GOOD, encoding="ascii") as file:
        lines = [" ".join(line.split()) for line in file]
    cases = [case for case in faults(lines) if case[1] and case[1] != lines]
    print(len(cases), "files")
    path = os.path.join(DIR, "file")
    for what, wrong, places in cases:
        with open(path, "w", encoding="ascii") as file:
            file.write("\n".join(wrong) + "\n")
        run = subprocess.run([SLBCTL, "apply", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             check=False)
        if run.returncode and any(f"{path}:{place}: " in run.stdout for place in places):
            continue
        print(f"{what} in line {places[0]}: status {run.returncode}: {run.stdout.strip()!r}:"
              f" {[line for line in wrong if line not in lines]}")


if __name__ == "__main__":
    main()
