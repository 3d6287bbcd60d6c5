#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Prints what a benchmark has measured as tables; writes it as JSON and as a chart.

report.py [--json FILE] [--svg FILE] [--samples DIR] [--title TEXT] RESULTS

RESULTS is what the scripts beside this one print, see lib_bench.sh. Leaves with 1 when not every packet came
through, or a sample is wrong.
"""
import argparse
import json
import sys

import chart
import sample

NAMES = {
    "floor": "tc redirect (the floor)",
    "plain": "plain routing",
    "ipvs": "IPVS NAT (destination only)",
    "ipvs-full": "IPVS, conntrack, masquerade",
    "nft": "nft dnat and masquerade",
    "flowtable": "nft flowtable, full NAT",
    "flowtable-reply": "nft flowtable, reply",
    "slb": "slb, client to server",
    "slb-reply": "slb, server to client",
    "slb-policy": "slb, client to server, all policies",
    "slb-data-first": "slb, first data of a client",
    "slb-proxy-data-first": "slb, proxy-v2, first data of a client",
    "slb-toa-data-first": "slb, toa, first data of a client",
    "slb-proxy": "slb, proxy-v2, client to server",
    "slb-proxy-reply": "slb, proxy-v2, server to client",
    "slb-toa": "slb, toa, client to server",
    "slb-toa-reply": "slb, toa, server to client",
    "slb-foreign": "plain routing, slb loaded",
    "xdp-drop": "XDP program that drops",
    "xdp-tx": "XDP program that sends back",
    "xdp-redirect": "XDP program that redirects",
    "floor-gro": "tc redirect, GRO on",
    "slb-gro": "slb, client to server, GRO on",
    "slb-xdp": "slb at XDP, client to server",
    "slb-xdp-reply": "slb at XDP, server to client",
    "slb-xdp-hairpin": "slb at XDP, one device",
    "slb-xdp-proxy": "slb at XDP, proxy-v2, client to server",
    "slb-xdp-proxy-reply": "slb at XDP, proxy-v2, server to client",
    "slb-xdp-foreign": "plain routing, slb loaded, at XDP",
    "relay-vip": "relay, client to a VIP",
    "relay-return": "relay, server to a return address",
    "relay-client": "relay, balancer to client",
    "relay-server": "relay, balancer to server",
    "relay-xdp-vip": "relay at XDP, client to a VIP",
    "relay-xdp-return": "relay at XDP, server to a return address",
    "relay-xdp-client": "relay at XDP, balancer to client",
    "relay-xdp-server": "relay at XDP, balancer to server",
    "journey-xdp": "client, relay, slb, relay, server at XDP: sum",
    "journey-xdp-back": "server, relay, slb, relay, client at XDP: sum",
    "relay-xdp-foreign": "plain routing, relay loaded, at XDP",
    "journey": "client, relay, slb, relay, server: sum",
    "journey-back": "server, relay, slb, relay, client: sum",
    "relay-foreign": "plain routing, relay loaded",
    "plain-nosum": "plain routing, UDP without checksum",
    "plain-shared": "plain routing, shared as by pktgen",
    "plain-pktgen-shared": "plain routing, pktgen, SHARED",
    "plain-pktgen": "plain routing, pktgen, !SHARED",
    "floor-nosum": "tc redirect, UDP without checksum",
    "floor-shared": "tc redirect, shared as by pktgen",
    "floor-pktgen-shared": "tc redirect, pktgen, SHARED",
    "floor-pktgen": "tc redirect, pktgen, !SHARED",
}
# What a packet costs on its whole way: these three together.
JOURNEYS = {
    "journey": ("relay-vip", "slb", "relay-server"),
    "journey-back": ("relay-return", "slb-reply", "relay-client"),
    "journey-xdp": ("relay-xdp-vip", "slb-xdp", "relay-xdp-server"),
    "journey-xdp-back": ("relay-xdp-return", "slb-xdp-reply", "relay-xdp-client"),
}
# Packets made otherwise have a floor of their own.
FLOORS = ("-nosum", "-pktgen-shared", "-pktgen", "-shared")
FIRST = "-first"
ORDINARY = "-ordinary"
SAMPLE = 50
FAMILIES = (4, 6)


def read(path):
    """Return results by (protocol, case, family), samples, values and notes."""
    results, samples, values, notes = {}, [], [], []
    with open(path, encoding="ascii", errors="replace") as file:
        for line in file:
            word = line.rstrip("\n").split("\t")
            if word[0] == "R":
                results[word[2], word[3], int(word[1])] = {
                    "cost": float(word[4]), "came": int(word[5]), "sent": int(word[6])}
            elif word[0] == "S":
                samples.append((word[2], word[3], int(word[1]), word[4], word[5]))
            elif word[0] == "V":
                values.append(dict(zip(("table", "row", "column", "value"), word[1:])))
            elif line.startswith("# "):
                notes.append(line[2:].strip())
    return results, samples, values, list(dict.fromkeys(notes))


def title(case):
    """Return what a case is called."""
    text = case.replace(ORDINARY, "")
    first = text.endswith(FIRST) and text not in NAMES
    text = NAMES.get(text[:-len(FIRST)] if first else text, text)
    if ORDINARY in case:
        text += ", ordinary path"
    return text + (", first packet" if first else "")


def floor_of(results, key):
    """Return the floor that is to be taken off a result, or None."""
    proto, case, family = key
    for end in FLOORS:
        if case.endswith(end):
            case = "floor" + end
            break
    else:
        case = "floor"
    return results.get((proto, case, family))


def derive(results):
    """Add to each result what it costs above the floor, and its ratio to plain routing."""
    for key, result in results.items():
        floor = floor_of(results, key)
        plain = results.get((key[0], "plain", key[2]))
        result["above"] = result["cost"] - floor["cost"] if floor else None
        result["ratio"] = result["cost"] / plain["cost"] if plain else None


def add_journeys(results):
    """Add the sums of what a packet meets on its whole way; ratios are to as many hops of plain routing."""
    for proto, family in dict.fromkeys((key[0], key[2]) for key in results):
        for path in ("", ORDINARY):
            for name, parts in JOURNEYS.items():
                cases = [case.replace("relay", "relay" + path).replace("slb", "slb" + path) for case in parts]
                found = [results.get((proto, case, family)) for case in cases]
                if not all(found):
                    continue
                total = {field: sum(part[field] for part in found) for field in ("cost", "came", "sent")}
                plain = results.get((proto, "plain", family))
                total["above"] = None
                total["ratio"] = total["cost"] / plain["cost"] / len(found) if plain else None
                results[proto, name + path, family] = total


def cell(result):
    """Return a result as text."""
    if not result:
        return "%8s %8s %7s  " % ("", "", "")
    above = "" if result["above"] is None else "%8.0f" % result["above"]
    ratio = "" if result["ratio"] is None else "%6.2fx" % result["ratio"]
    bad = result["came"] != result["sent"] or result.get("wrong")
    return "%8.0f %8s %7s%2s" % (result["cost"], above, ratio, "!" if bad else "")


def cases_of(results, proto):
    """Return the cases of a protocol, in the order that they were measured in."""
    return list(dict.fromkeys(case for p, case, _ in results if p == proto))


def print_costs(results, unit):
    """Print a table for each protocol."""
    for proto in ("udp", "tcp"):
        cases = cases_of(results, proto)
        if not cases:
            continue
        print("%-52s %-27s %s" % ("", "IPv4", "IPv6"))
        print("%-52s" % ("%s, %s a packet" % (proto.upper(), unit)) +
              " ".join("%8s %8s %7s  " % ("whole", "above", "ratio") for _ in FAMILIES))
        for case in cases:
            line = " ".join(cell(results.get((proto, case, family))) for family in FAMILIES)
            print(("%-52s%s" % (title(case), line)).rstrip())
        print()


def print_values(values):
    """Print values of other kinds, a table for each."""
    for table in dict.fromkeys(value["table"] for value in values):
        mine = [value for value in values if value["table"] == table]
        columns = list(dict.fromkeys(value["column"] for value in mine))
        width = [max(len(column), 12) for column in columns]
        print("%-52s" % table + "".join("  %*s" % pair for pair in zip(width, columns)))
        for row in dict.fromkeys(value["row"] for value in mine):
            found = {value["column"]: value["value"] for value in mine if value["row"] == row}
            print("%-52s" % row + "".join(
                "  %*s" % (size, found.get(column, "")) for size, column in zip(width, columns)))
        print()


def check_samples(results, samples, folder):
    """Look at what came out; print what is wrong. Returns how many samples are."""
    wrong = 0
    for proto, case, family, name, want in samples:
        text = sample.check("%s/%s" % (folder, name), family, proto, want, SAMPLE, "nosum" not in case)
        if text:
            wrong += 1
            print("! %s, IPv%d %s: %s" % (title(case), family, proto.upper(), text))
            if (proto, case, family) in results:
                results[proto, case, family]["wrong"] = text
    return wrong


def write_json(path, results, values, unit):
    """Write all that was measured."""
    rows = [dict(protocol=key[0], case=key[1], family="IPv%d" % key[2], unit=unit, title=title(key[1]), **result)
            for key, result in results.items()]
    with open(path, "w", encoding="ascii") as file:
        json.dump(rows + values, file, indent=1)
        file.write("\n")


def main():
    """Do it all."""
    parser = argparse.ArgumentParser()
    for option in ("--json", "--svg", "--samples"):
        parser.add_argument(option)
    parser.add_argument("--title", default="What a packet costs")
    parser.add_argument("--unit", default="instructions")
    parser.add_argument("results")
    args = parser.parse_args()
    results, samples, values, notes = read(args.results)
    derive(results)
    add_journeys(results)
    wrong = check_samples(results, samples, args.samples) if args.samples else 0
    print_costs(results, args.unit)
    print_values(values)
    if results:
        print("above: the floor; ratio: to plain routing, whole to whole, of the same family and protocol in this boot")
    if samples:
        print("%d samples of %d packets looked at, %d wrong" % (len(samples), SAMPLE, wrong))
    for note in notes:
        print("note: " + note)
    lost = [key for key, result in results.items() if result["came"] != result["sent"]]
    for key in lost:
        print("! %s, IPv%d %s: not every packet came through" % (title(key[1]), key[2], key[0].upper()))
    if args.json:
        write_json(args.json, results, values, args.unit)
    if args.svg:
        with open(args.svg, "w", encoding="ascii") as file:
            file.write(chart.draw(results, cases_of(results, "udp"), title, args.title, args.unit))
    lost += [value for value in values if value["value"].endswith("!")]
    return bool(lost or wrong or not (results or values))


sys.exit(main())
