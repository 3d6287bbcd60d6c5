#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Says what another relay knows of a flow, by raw netlink, as slb-syncd does.

Usage: nlflow.py PROTO CLIENT PORT VIP PORT BALANCER STATE IDLE

STATE is a number of the specification, IDLE in milliseconds. Prints the kernel's text when it refuses.
"""
import sys

import nlmsg


def main(genl, proto, client, client_port, vip, vip_port, balancer, state, idle):
    answer = genl.do("flow-add", [
        ("proto", proto), ("client", client), ("client-port", int(client_port)), ("vip", vip), ("vip-port", int(vip_port)),
        ("balancer", balancer), ("state", int(state)), ("idle", int(idle))])
    if answer.errno:
        sys.exit("nlflow: %s" % answer)


if __name__ == "__main__":
    main(nlmsg.Genl("slb_relay"), *sys.argv[1:])
