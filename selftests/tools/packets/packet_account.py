# SPDX-License-Identifier: GPL-2.0-only
"""The account of packets on the relay and on the balancers: what came in is what went out and what was dropped.

Usage: packet_account.py SLBCTL NETNS-R NETNS-B... < WORDS   one line of counters, as JSON
       packet_account.py --close FAMILY SEGMENTS SEGMENTS-R OTHERHOST-R OTHERHOST-B LINKS BEFORE AFTER

The second closes the account of what was counted between two such lines, and prints differences; there shall be none.
FAMILY is that of which fragments were sent; SEGMENTS(-R), how many packets segments were counted as, beyond one
each, by the balancers (the relay); OTHERHOST-*, frames that were sent to other hosts' link addresses; LINKS, frames
that the test sent from the relay over its links. Rules of nft, in packet_mutate.sh, count at PREROUTING behind the
modules' hooks what goes on there, which is dropped ("rest"), and ICMP errors that the relay itself sends over links
("told"), which its links count, too.

In, for each of relay and balancers (both together):
  packets that devices have received (veth, tap)
  = those for other hosts                                                   OTHERHOST
  + those in which IP finds fault before its first hook                     InHdrErrors, InTruncatedPkts, InDiscards
  + those that the module has sent on or answered                           its links' counters, less SEGMENTS and "told"
  + those that the module has dropped                                       its drop counters, by reason
  + fragments that have become part of a datagram, or wait for the rest     see below
  + those that the module has let go on                                     rest

Out:
  packets that devices were given
  = those that the module has sent on or made                               its links' counters, less SEGMENTS and "told"
  + on the relay, those that the test has sent from there                    LINKS
  + ICMP errors (and neighbour discovery) of the kernel's own               Icmp OutMsgs, Icmp6OutMsgs
  + what fragmentation makes of one                                         FragCreates - FragOKs - FragFails

Fragments that vanish into reassembly are, of IPv4: ReasmReqds - ReasmOKs, less those refused, which the module counts
as dropped ("fragment"). IPv6 keeps no count: those that came (frag6, by nft), less the datagrams that they made,
each of which is fragmented again on its way out (FragOKs), less those refused.
"""
import json
import subprocess
import sys


def run(netns, script):
    return subprocess.run(["ip", "netns", "exec", netns, "sh", "-c", script], check=True, capture_output=True,
                          text=True).stdout


def devices(text, counters):
    """What came in and went out by all devices but lo."""
    counters["rx"] = counters["tx"] = 0
    for line in text.splitlines()[2:]:
        name, words = line.split(":")
        words = [int(word) for word in words.split()]
        if name.strip() != "lo":
            counters["rx"] += words[1]
            # what a tap that nobody reads from has no room for
            counters["tx"] += words[9] + words[11]


def snmp(text, counters):
    lines = text.splitlines()
    for names, values in zip(lines[::2], lines[1::2]):
        kind = names.split(":")[0]
        for name, value in zip(names.split()[1:], values.split()[1:]):
            counters["%s.%s" % (kind, name)] = int(value)


def read(slbctl, netns, relay):
    counters = {}
    files = "cd /proc/net; for f in dev snmp netstat snmp6; do cat $f; echo; done; nft -j list counters"
    dev, old, ext, new, nft = run(netns, files).split("\n\n")
    devices(dev, counters)
    snmp(old + "\n" + ext, counters)
    for line in new.splitlines():
        name, value = line.split()
        counters[name] = int(value)
    for item in json.loads(nft)["nftables"]:
        if "counter" in item:
            counters[item["counter"]["name"]] = item["counter"]["packets"]
    words = [slbctl, "-n", netns, "-s", "-j"] + ["relay"] * relay
    for reason in json.loads(subprocess.check_output(words + ["drop", "show"])):
        counters["drop." + reason["name"]] = reason["packets"]
    for link in json.loads(subprocess.check_output(words + ["link", "show"])):
        for name in ("client_in", "client_out", "server_in", "server_out"):
            counters[name] = counters.get(name, 0) + link[name]["packets"]
    return counters


def add(many):
    return {name: sum(one.get(name, 0) for one in many) for name in set().union(*many)}


def eaten(c, family):
    """Fragments that have vanished into reassembly."""
    if family == 6:
        return c["frag6"] - c["Ip6FragOKs"] - c["drop.fragment"]
    return c["Ip.ReasmReqds"] - c["Ip.ReasmOKs"] - c["drop.fragment"]


def close(what, c, family, segments, otherhost, links, relay):
    dropped = {name[5:]: n for name, n in c.items() if name.startswith("drop.") and n}
    inside = (c["Ip.InHdrErrors"] + c["IpExt.InTruncatedPkts"] + c["Ip.InDiscards"] + c["Ip6InHdrErrors"] +
              c["Ip6InTruncatedPkts"] + c["Ip6InDiscards"])
    # the balancer counts what comes in and what goes out, the relay each packet once
    sent_in = c["client_in"] + c["server_in"] - segments
    sent_out = c["client_out"] + c["server_out"] - segments
    if relay:
        sent_in = sent_out = sent_in + sent_out + segments - c["told"]
    parts_in = {"for other hosts": otherhost, "unsound": inside, "sent on": sent_in,
                "dropped": sum(dropped.values()), "fragments": eaten(c, family), "passed": c["rest"]}
    parts_out = {"sent on": sent_out, "of the test": links,
                 "ICMP": c["Icmp.OutMsgs"] + c["Icmp6OutMsgs"],
                 "fragments": sum(c[k + "FragCreates"] - c[k + "FragOKs"] - c[k + "FragFails"]
                                  for k in ("Ip.", "Ip6"))}
    wrong = 0
    for way, total, parts in (("in", c["rx"], parts_in), ("out", c["tx"], parts_out)):
        off = total - sum(parts.values())
        listed = " + ".join("%d %s" % (n, name) for name, n in parts.items())
        print("%s %s: %d packets = %s%s" % (what, way, total, listed, " + %d UNKNOWN" % off if off else ""))
        wrong += off != 0
    print("%s dropped: %s" % (what, ", ".join("%s %d" % item for item in sorted(dropped.items()))))
    return wrong


def main():
    if sys.argv[1] != "--close":
        slbctl, relay, *balancers = sys.argv[1:]
        print(json.dumps({"r": read(slbctl, relay, True), "b": add([read(slbctl, b, False) for b in balancers])},
                         sort_keys=True))
        return 0
    family, segments, segments_r, other_r, other_b, links = [int(word) for word in sys.argv[2:8]]
    before, after = [json.loads(word) for word in sys.argv[8:10]]
    delta = {host: {name: n - before[host].get(name, 0) for name, n in after[host].items()} for host in after}
    return int(close("relay", delta["r"], family, segments_r, other_r, links, True) +
               close("balancers", delta["b"], family, segments, other_b, 0, False) > 0)


if __name__ == "__main__":
    sys.exit(main())
