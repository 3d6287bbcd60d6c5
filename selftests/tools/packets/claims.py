#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Holds captures of every line of the topology against the claims, flow by flow.

claims.py DIR FLOWS [few]
    DIR has one capture for each device of the relay: b1l1.pcap, c1.pcap, s1.pcap ...; or one of
    all devices, and a file names with the number and name of each device that counts.
    FLOWS is how many flows of each protocol and family there must be; few: too few of them for
    every link to be chosen.

Prints one KTAP line for each claim, protocol and family; the number of lines is fixed (see PLAN).
"""
import collections
import functools
import glob
import os
import socket
import struct
import sys

VIPS = {"203.0.113.80", "2001:db8:f::80"}
PROTOS = {6: "tcp", 17: "udp", 132: "sctp"}
# Bytes in front of a packet, by link type of the capture: Ethernet, none (two numbers), a device of another kind, all
# devices.
SLL2 = 276
HEADER = {1: 14, 12: 0, 101: 0, 113: 16, SLL2: 20}

Packet = collections.namedtuple("Packet", "time dev family proto src sport dst dport ttl")


def parse(packet, time, dev):
    """One TCP, UDP or SCTP packet without options or extension headers, or None."""
    family = packet[0] >> 4
    if family == 4:
        proto, ttl, ports = packet[9], packet[8], (packet[0] & 15) * 4
        src, dst = socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])
    elif family == 6:
        proto, ttl, ports = packet[6], packet[7], 40
        src, dst = (socket.inet_ntop(socket.AF_INET6, packet[i:i + 16]) for i in (8, 24))
    else:
        return None
    if proto not in PROTOS:
        return None
    sport, dport = struct.unpack_from("!HH", packet, ports)
    return Packet(time, dev, family, PROTOS[proto], src, sport, dst, dport, ttl)


def device_names(folder):
    """The names of the devices that a capture of all may show, by their numbers."""
    try:
        with open(os.path.join(folder, "names"), encoding="ascii") as file:
            return {int(number): name for number, name in map(str.split, file)}
    except FileNotFoundError:
        return {}


def read(path, names):
    """The packets of a capture, in order."""
    dev = os.path.basename(path)[:-5]
    with open(path, "rb") as file:
        data = file.read()
    link_type = struct.unpack_from("<I", data, 20)[0]
    at = 24
    while at + 16 <= len(data):
        sec, usec, length, _ = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16:at + 16 + length]
        if link_type == SLL2:
            dev = names.get(struct.unpack_from("!I", frame, 4)[0])
        packet = dev and parse(frame[HEADER[link_type]:], sec * 1000000 + usec, dev)
        if packet:
            yield packet
        at += 16 + length


@functools.lru_cache(maxsize=None)
def home(addr):
    """The device of the relay to which a local address is tied, or None."""
    if ":" not in addr:
        a, b, link, _ = addr.split(".")
        return f"b{b}l{link}" if a == "10" else None
    if not addr.startswith("2001:db8:a:"):
        return None
    pair = addr.split(":")[3]
    return f"b{pair[0]}l{pair[1]}"


class Flow:
    """What was seen of one flow, from both sides of its balancer."""

    def __init__(self, key):
        self.key = key
        self.there = collections.defaultdict(list)
        self.back = collections.defaultdict(list)
        self.local = None

    @property
    def ingress(self):
        return sorted(dev for dev in self.there if dev.startswith("b"))

    def first(self, where, dev):
        return where[dev][0] if where.get(dev) else None


def sort_out(packets):
    """Client sides by (family, proto, client, port), server sides by (family, proto, local, port, server)."""
    clients, servers = {}, {}
    for p in packets:
        if p.dst in VIPS or p.src in VIPS:
            there = p.dst in VIPS
            key = (p.family, p.proto) + ((p.src, p.sport) if there else (p.dst, p.dport))
            flow = clients.setdefault(key, Flow(key))
        else:
            there = home(p.src) is not None
            key = (p.family, p.proto) + ((p.src, p.sport, p.dst, p.dport) if there else
                                        (p.dst, p.dport, p.src, p.sport))
            flow = servers.setdefault(key, Flow(key))
        (flow.there if there else flow.back)[p.dev].append(p)
    return clients, servers


def pair_up(clients, servers):
    """Give each client side the server side that began next on the same balancer."""
    free = sorted(servers.values(), key=lambda f: min(p[0].time for p in f.there.values()))
    for flow in sorted(clients.values(), key=lambda f: min(p[0].time for p in f.there.values())):
        for other in free:
            if (flow.ingress and other.ingress and other.key[:2] == flow.key[:2] and
                    other.ingress[0][:2] == flow.ingress[0][:2]):
                flow.local = other
                free.remove(other)
                break
    return free


def bad_hops(flow):
    """The six packets of mission's drawing, in order, each with one hop less; or what is wrong."""
    local = flow.local
    client, ingress = f"c{flow.key[2].rsplit('1', 1)[-1] or 1}", flow.ingress[0]
    ret, server = local.ingress[0], next((d for d in local.there if d.startswith("s")), "")
    hops = [flow.first(flow.there, next(d for d in flow.there if d.startswith("c"))),
            flow.first(flow.there, ingress), local.first(local.there, ret),
            local.first(local.there, server), local.first(local.back, server),
            local.first(local.back, ret), flow.first(flow.back, ingress),
            flow.first(flow.back, next((d for d in flow.back if d.startswith("c")), client))]
    if None in hops:
        return f"hop {hops.index(None)} was not seen"
    for a, b in zip(hops, hops[1:]):
        if a.time > b.time:
            return f"{b.dev} before {a.dev}"
    ttls = [h.ttl for h in hops]
    want = [ttls[0], ttls[0] - 1, ttls[0] - 2, ttls[0] - 3, ttls[4], ttls[4] - 1, ttls[4] - 2, ttls[4] - 3]
    return None if ttls == want else f"hop counts {ttls}"


CHECKS = (
    ("A, B, c, d: all flows went through the relay to one balancer over one link each, all four links took part",
     lambda flows: (FEW or len({f.ingress[0] for f in flows}) == 4) and all(len(f.ingress) == 1 for f in flows)),
    ("a, b1: every server was chosen, and saw its own address as destination",
     lambda flows: len({f.local.key[4] for f in flows}) == 3),
    ("b2: each source is a local address of the balancer's other link, the one it left on",
     lambda flows: all(len(f.local.ingress) == 1 and f.local.ingress[0] != f.ingress[0] and
                       f.local.ingress[0][:2] == f.ingress[0][:2] and
                       home(f.local.key[2]) == f.local.ingress[0] for f in flows)),
    ("e1, e2: the servers' replies went to the same balancer over the same link as the requests had come",
     lambda flows: all(sorted(d for d in f.local.back if d[0] == "b") == f.local.ingress for f in flows)),
    ("f: replies left over the ingress link, from the VIP, and clients saw nothing but the VIP",
     lambda flows: all(sorted(d for d in f.back if d[0] == "b") == f.ingress for f in flows)),
    ("one flow, on the wire: six hops in order, a hop count less at each",
     lambda flows: not [why for why in map(bad_hops, flows) if why and not print("#", why)]),
)
FEW = sys.argv[3:] == ["few"]
PLAN = len(CHECKS) * len(PROTOS) * 2 + 1


def main(folder, count):
    names = device_names(folder)
    packets = sorted((p for path in glob.glob(f"{folder}/*.pcap") for p in read(path, names)),
                     key=lambda p: p.time)
    # the probes between relay and balancers are those of live_probes.sh
    packets = [p for p in packets if (p.proto, p.dport, p.ttl) != ("udp", 3784, 255)]
    ours, strangers = [], []
    for p in packets:
        (ours if p.src in VIPS or p.dst in VIPS or home(p.src) or home(p.dst) else strangers).append(p)
    clients, servers = sort_out(ours)
    left = pair_up(clients, servers)
    for family in (4, 6):
        for proto in PROTOS.values():
            flows = [f for f in clients.values() if f.key[:2] == (family, proto)]
            whole = len(flows) == count and all(f.local for f in flows)
            for text, holds in CHECKS:
                good = whole and holds(flows)
                print("ok" if good else "not ok", "-", f"IPv{family} {proto}, {len(flows)} flows: {text}")
    print("ok" if not left and not strangers else "not ok", "-",
          "nothing else was on any line: no packet between clients and servers, none without a flow")
    for p in strangers[:5]:
        print("#", p)


if sys.argv[1] == "plan":
    print(PLAN)
else:
    main(sys.argv[1], int(sys.argv[2]))
