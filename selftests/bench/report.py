#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Prints the results of packets.sh as a table, and writes them as JSON.

report.py RESULTS [JSON-FILE]
"""
import json
import sys

NAMES = {
    "floor": "tc redirect (the floor)",
    "plain": "plain routing",
    "ipvs": "IPVS NAT (destination only)",
    "ipvs-full": "IPVS, conntrack, masquerade",
    "nft": "nft dnat and masquerade",
    "flowtable": "nft flowtable, full NAT",
    "slb": "slb, client to server",
    "slb-reply": "slb, server to client",
    "slb-foreign": "plain routing, slb loaded",
    "relay-vip": "relay, to a VIP",
    "relay-return": "relay, to a return address",
    "relay-foreign": "plain routing, relay loaded",
}
FIRST = "-first"


def read(path):
    results = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            if line.startswith("#") or line.count("\t") != 4:
                continue
            family, case, cost, came, sent = line.split()
            results["IPv" + family, case] = {"cost": float(cost), "came": int(came), "sent": int(sent)}
    return results


def title(case):
    if case.endswith(FIRST):
        return NAMES.get(case[:-len(FIRST)], case) + ", first packet"
    return NAMES.get(case, case)


def cell(result, base):
    if not result:
        return "%9s %7s %1s" % ("", "", "")
    mark = "" if result["came"] == result["sent"] else "!"
    ratio = "%6.2fx" % (result["cost"] / base["cost"]) if base else ""
    return "%9.0f %7s %1s" % (result["cost"], ratio, mark)


def main(path, target=None):
    results = read(path)
    cases = list(dict.fromkeys(case for _, case in results))
    print("%-42s %9s %7s   %9s %7s" % ("instructions a packet", "IPv4", "", "IPv6", ""))
    for case in cases:
        print("%-42s " % title(case) + " ".join(
            cell(results.get((family, case)), results.get((family, "plain"))) for family in ("IPv4", "IPv6")))
    lost = [key for key, result in results.items() if result["came"] != result["sent"]]
    if lost:
        print("! not every packet came through")
    if target:
        with open(target, "w", encoding="ascii") as file:
            json.dump([dict(family=family, case=case, **result)
                       for (family, case), result in results.items()], file, indent=1)
    return bool(lost)


sys.exit(main(*sys.argv[1:]))
