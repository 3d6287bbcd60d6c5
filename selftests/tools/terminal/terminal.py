#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs a command on a terminal and prints what it writes, without carriage returns.

terminal.py COLUMNSxLINES [after TEXT send KEYS|signal NAME|resize COLUMNSxLINES|run COMMAND]... -- COMMAND...

"after" waits until TEXT has been written since the last step. The last line says how the terminal was left:
"exit STATUS", and "raw" if the modes of the terminal are not those that it had.
"""
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

DEADLINE = 60


def resize(fd, size):
    columns, lines = map(int, size.split("x"))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def act(fd, child, what, value):
    if what == "send":
        os.write(fd, value.encode())
    elif what == "signal":
        os.kill(child, getattr(signal, value))
    elif what == "resize":
        resize(fd, value)
    elif what == "run":
        subprocess.run(value, shell=True, check=True)
    else:
        sys.exit(f"terminal.py: unknown step {what}")


def main(words):
    cut = words.index("--")
    size, steps, command = words[0], words[1:cut], words[cut + 1:]
    master, slave = os.openpty()
    resize(master, size)
    before = termios.tcgetattr(slave)
    child = os.fork()
    if not child:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(slave, fd)
        os.execvp(command[0], command)
    output, seen, end, status = b"", 0, time.monotonic() + DEADLINE, None
    while time.monotonic() < end:
        if select.select([master], [], [], 0.05)[0]:
            output += os.read(master, 65536)
        elif status is not None:
            break
        else:
            done, value = os.waitpid(child, os.WNOHANG)
            status = os.waitstatus_to_exitcode(value) if done else None
        while steps and re.search(steps[1].encode(), output[seen:]):
            seen = len(output)
            act(master, child, steps[2], steps[3])
            steps = steps[4:]
    if status is None:
        os.kill(child, signal.SIGKILL)
    raw = "" if termios.tcgetattr(slave) == before else " raw"
    if not output.endswith(b"\n"):
        output += b"\n"
    sys.stdout.buffer.write(output.replace(b"\r", b""))
    sys.stdout.flush()
    print(f"exit {status}{raw}" + (f" waits for {steps[1]}" if steps else ""))


main(sys.argv[1:])
