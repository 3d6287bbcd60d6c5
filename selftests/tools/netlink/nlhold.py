#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Begins a dump, reads one piece of it, says so, and holds on to the rest until it is killed.

Usage: nlhold.py FAMILY OPERATION
"""

import signal
import sys

import nlmsg

genl = nlmsg.Genl(sys.argv[1], 1, 4096)
genl.post(genl.id, genl.spec.ops[sys.argv[2]].number, b"", nlmsg.NLM_F_REQUEST | nlmsg.NLM_F_DUMP)
genl.socket.recv(4096)
print("held", flush=True)
signal.pause()
