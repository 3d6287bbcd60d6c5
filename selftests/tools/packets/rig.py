# SPDX-License-Identifier: GPL-2.0-only
"""The bench of the packet tests: raw sockets on the hosts of the topology, flows, and results.

The environment says where: PKT_NETNS="c1=NETNS r=NETNS ...". Hosts that the shell made mute
(packet_mute) answer nothing, so that all that is on the wire is what a test sent.

Whatever is sent goes its way within the same softirq or right after it, in order. So a marker that
is sent behind the packets of a test, and arrives, tells that all of them have arrived or have been
dropped.
"""
import fcntl
import os
import socket
import struct
import sys
import time

import pkt
from pkt import TCP, UDP, SCTP, Packet, Vnet

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENT = {4: "198.51.100.11", 6: "2001:db8:c::11"}
SERVER = {4: "192.0.2.11", 6: "2001:db8:5::11"}
VIP = {4: "203.0.113.80", 6: "2001:db8:f::80"}
RELAY = {4: "198.51.100.254", 6: "2001:db8:c::fe"}
PROTOS = (TCP, UDP, SCTP)
# The other end of each line.
PEER = {(host, "eth0"): ("r", host) for host in ("c1", "c2", "s1", "s2")}
for _dev in ("l1", "l2"):
    PEER["b1", _dev] = ("r", "b1" + _dev)
    PEER["b1", "t" + _dev] = ("r", "t" + _dev)
for _ends in list(PEER.items()):
    PEER[_ends[1]] = _ends[0]
SLOWNESS = int(os.environ.get("SLB_SLOWNESS") or (4 if os.environ.get("KSFT_MACHINE_SLOW") == "yes" else 1))
SECONDS = 5 * SLOWNESS
PF_PACKET_VNET_HDR = 15
SIOCGIFHWADDR = 0x8927
# What hosts and routers say by themselves: neighbour discovery and multicast listener reports.
NOISE = set(range(130, 138)) | {143}


# ---- results

def result(text, problems):
    """One line for the shell; @problems is what is wrong, one text each."""
    print(("not ok " if problems else "ok ") + text)
    for problem in problems[:12]:
        print("# " + str(problem).replace("\n", "\n# "))
    if len(problems) > 12:
        print("# and %d more" % (len(problems) - 12))
    sys.stdout.flush()


def skip(text, reason):
    print("skip %s # %s" % (text, reason))
    sys.stdout.flush()


# ---- sockets

class Opener:
    """Opens sockets in the namespaces of hosts."""

    def __init__(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.netns = dict(word.split("=") for word in os.environ["PKT_NETNS"].split())
        self.pipe = ours
        path = os.path.join(HERE, "netns_socket")
        os.posix_spawn(path, [path, "3"], os.environ,
                       file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 3)])
        theirs.close()

    def open(self, host, family, kind, proto=0):
        request = "/run/netns/%s %d %d %d" % (self.netns[host], family, kind, proto)
        self.pipe.send(request.encode())
        answer, fds, _, _ = socket.recv_fds(self.pipe, 64, 1)
        if int(answer):
            raise OSError(int(answer), os.strerror(int(answer)), request)
        return socket.socket(fileno=fds[0])


class Host:
    """Raw sockets on all devices of a host: to send, and to hear what comes in (and, on a
    router, goes out)."""

    def __init__(self, opener, name, deaf=False):
        self.name = name
        # what is sent must not be heard again
        everything = socket.htons(3)  # ETH_P_ALL
        self.sock = opener.open(name, socket.AF_PACKET, socket.SOCK_RAW, 0 if deaf else everything)
        self.sock.setsockopt(263, PF_PACKET_VNET_HDR, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        self.sock.setsockopt(socket.SOL_SOCKET, 32, 64 << 20)  # SO_SNDBUFFORCE
        self.macs = {}

    def mac(self, dev):
        if dev not in self.macs:
            request = struct.pack("16s24x", dev.encode())
            self.macs[dev] = fcntl.ioctl(self.sock, SIOCGIFHWADDR, request)[18:24]
        return self.macs[dev]

    def send(self, dev, to_mac, raw, vnet=None):
        kind = pkt.ETH_IP4 if raw[0] >> 4 == 4 else pkt.ETH_IP6
        frame = to_mac + self.mac(dev) + struct.pack("!H", kind) + raw
        self.sock.sendto((vnet or Vnet()).pack() + frame, (dev, kind))

    def receive(self, seconds):
        """The next IP packet that is no noise, or None when none comes within @seconds."""
        deadline = time.monotonic() + seconds
        while True:
            self.sock.settimeout(max(deadline - time.monotonic(), 0.0001))
            try:
                data, (dev, kind, direction, _, _) = self.sock.recvfrom(80000)
            except (socket.timeout, BlockingIOError):
                return None
            if kind not in (pkt.ETH_IP4, pkt.ETH_IP6):
                continue
            packet = Packet(data[Vnet.SIZE + 14:])
            if packet.proto == pkt.ICMP6 and not packet.off and packet.l4 and packet.l4[0] in NOISE:
                continue
            packet.dev, packet.out = dev, direction == socket.PACKET_OUTGOING
            packet.vnet = Vnet.parse(data)
            if packet.out and self.name not in ("r", "b1"):
                continue
            return packet


class Counters:
    """The drop counters of a module, over generic netlink: a slbctl for each look would take
    most of the time."""

    # name of the family; SLB_CMD_DROP_GET, SLB_RELAY_CMD_DROP_GET
    BALANCER, RELAY = (b"slb", 39), (b"slb_relay", 26)
    NAME, PACKETS = 2, 4  # SLB_A_DROP_NAME, SLB_A_DROP_PACKETS, and of the relay
    STATUS, TOTAL = 38, 2  # SLB_CMD_STATUS_GET, SLB_A_STATUS_SESSIONS_TOTAL

    def __init__(self, opener, host, module):
        self.name, self.command = module
        self.sock = opener.open(host, socket.AF_NETLINK, socket.SOCK_RAW, 16)  # NETLINK_GENERIC
        self.sock.settimeout(SECONDS)
        # CTRL_CMD_GETFAMILY by CTRL_ATTR_FAMILY_NAME, for CTRL_ATTR_FAMILY_ID
        name = struct.pack("HH", 5 + len(self.name), 2) + self.name + b"\0"
        reply = next(self._ask(16, 3, 1, name + bytes(-len(name) % 4)))
        self.family = struct.unpack("H", reply[1])[0]

    def _ask(self, kind, command, flags, attributes=b""):
        """Yields the attributes of each answer, by number; flags are NLM_F_*."""
        body = struct.pack("BBH", command, 1, 0) + attributes
        self.sock.send(struct.pack("IHHII", 16 + len(body), kind, flags, 1, 0) + body)
        while True:
            data = self.sock.recv(65536)
            while data:
                size, answer = struct.unpack_from("IH", data)
                if answer in (2, 3):  # NLMSG_ERROR, NLMSG_DONE
                    return
                yield self._attributes(data[20:size])
                data = data[size + -size % 4:]
            if not flags & 0x300:  # NLM_F_DUMP
                return

    @staticmethod
    def _attributes(data):
        found = {}
        while len(data) >= 4:
            size, kind = struct.unpack_from("HH", data)
            found[kind & 0x3FFF] = data[4:size]
            data = data[size + -size % 4:]
        return found

    def sessions(self):
        """All sessions of the balancer that ever were."""
        status = next(self._ask(self.family, self.STATUS, 1))
        return int.from_bytes(status[self.TOTAL], sys.byteorder)

    def read(self):
        """Packets by reason, those that are not 0."""
        counts = {}
        for reason in self._ask(self.family, self.command, 0x301):
            name = reason[self.NAME].rstrip(b"\0").decode()
            counts[name] = int.from_bytes(reason[self.PACKETS], sys.byteorder)
        if "short" not in counts:
            raise RuntimeError("command %d of %s does not tell drops" % (self.command, self.name))
        return {name: n for name, n in counts.items() if n}


# ---- the bench

class Rig:
    """Hosts, the marker flow, and the drop counters of relay and balancer."""

    def __init__(self, *hosts, vport=80, links=("b1l1", "b1l2")):
        """@hosts are heard; c1 and s1 always. @vport is the VIPs' port that flows use, @links
        the relay's devices."""
        os.sched_setaffinity(0, {0})
        self.opener = Opener()
        self.vport = vport
        self.links = dict(enumerate(links, 1))
        self.hosts = {name: Host(self.opener, name) for name in dict.fromkeys(("c1", "s1") + hosts)}
        self.counters = {"r": Counters(self.opener, "r", Counters.RELAY),
                         "b1": Counters(self.opener, "b1", Counters.BALANCER)}
        self.count = 0
        self.marker = None
        self._warm_up()

    def hear(self, name, well=True):
        """Hear, or hear no more, what passes a host."""
        self.hosts[name] = Host(self.opener, name, deaf=not well)

    def host(self, name):
        """A host that is only sent from, unless it is heard."""
        if name not in self.hosts:
            self.hosts[name] = Host(self.opener, name, deaf=True)
        return self.hosts[name]

    def send(self, host, dev, raw, vnet=None):
        peer, peer_dev = PEER[host, dev]
        self.host(host).send(dev, self.host(peer).mac(peer_dev), raw, vnet)

    def _warm_up(self):
        """The first packets wait for neighbours; from then on everything goes through at once."""
        for v in (6, 4):
            flow = Flow(self, UDP, v, 9)
            for _ in range(20):
                self.send("c1", "eth0", flow.request(b"warm up"))
                packet = self.hosts["s1"].receive(SECONDS / 20)
                if packet:
                    break
            else:
                raise RuntimeError("nothing gets through from c1 to s1 over IPv%d" % v)
            flow.learn(packet)
            self.send("s1", "eth0", flow.reply(b"warm up"))
            if not self.hosts["c1"].receive(SECONDS):
                raise RuntimeError("nothing gets through from s1 to c1 over IPv%d" % v)
            flow.warm_links()
        self.marker = flow
        self.run([])

    def run(self, sends, each=False):
        """Sends (host, dev, bytes[, Vnet]) each and returns what arrived, a list of packets for
        each host."""
        self.count += 1
        name = b"marker %d" % self.count
        for one in sends:
            self.send(*one)
        self.send("c1", "eth0", self.marker.request(name))
        heard = {host: [] for host in self.hosts}
        while True:
            packet = self.hosts["s1"].receive(SECONDS)
            if not packet:
                raise RuntimeError("marker %d does not arrive" % self.count)
            if packet.proto == UDP and packet.l4[8:] == name:
                break
            heard["s1"].append(packet)
        for host in self.hosts:
            self._drain(host, heard[host])
        return heard

    def _drain(self, host, packets):
        if host == "s1":
            return
        while True:
            packet = self.hosts[host].receive(0)
            if not packet:
                return
            if not (packet.proto == UDP and packet.l4[8:].startswith(b"marker ")):
                packets.append(packet)

    def from_client(self, *packets):
        """What arrives at the server of packets that the client sends."""
        return self.run([("c1", "eth0", raw) for raw in packets])["s1"]

    def from_server(self, *packets, server="s1"):
        return self.run([(server, "eth0", raw) for raw in packets])["c1"]


class Drops:
    """with Drops(rig, problems, b1={"short": 3}): exactly these packets are dropped, by relay
    and balancer."""

    def __init__(self, rig, problems, **want):
        self.rig, self.problems, self.want = rig, problems, want

    def __enter__(self):
        self.before = {host: self.rig.counters[host].read() for host in ("r", "b1")}

    def __exit__(self, kind, *_):
        if kind:
            return
        for host in ("r", "b1"):
            before, after = self.before[host], self.rig.counters[host].read()
            got = {why: n - before.get(why, 0) for why, n in after.items()}
            got = {why: n for why, n in got.items() if n}
            want = {why: n for why, n in self.want.get(host, {}).items() if n}
            if got != want:
                self.problems.append("drops on %s: %s, not %s" % (host, got, want))


# ---- flows

class Flow:
    """One flow from c1 to a VIP, and where the balancer has taken it: to the server @at."""

    def __init__(self, rig, proto, v, cport, vport=None, vip=None, at="s1"):
        self.rig, self.proto, self.v, self.at = rig, proto, v, at
        self.client, self.cport = CLIENT[v], cport
        self.vip, self.vport = vip or VIP[v], vport or rig.vport
        self.local = self.lport = self.server = self.sport = None

    def request_l4(self, payload=b"", **fields):
        ends = self.client, self.vip, self.cport, self.vport
        return pkt.l4(self.proto, *ends, payload, **fields)

    def reply_l4(self, payload=b"", **fields):
        ends = self.server, self.local, self.sport, self.lport
        return pkt.l4(self.proto, *ends, payload, **fields)

    def request(self, payload=b"", l4=None, **fields):
        """A packet of the client; @fields are those of the IP header."""
        if l4 is None:
            l4 = self.request_l4(payload)
        return pkt.ip(self.client, self.vip, self.proto, l4, **fields)

    def reply(self, payload=b"", l4=None, **fields):
        if l4 is None:
            l4 = self.reply_l4(payload)
        return pkt.ip(self.server, self.local, self.proto, l4, **fields)

    def learn(self, packet):
        self.local, self.lport = packet.src, packet.sport
        self.server, self.sport = packet.dst, packet.dport
        # the third group of an IPv4 range, the last digit of an IPv6 range's network names the link
        link = packet.src.split(".")[2] if self.v == 4 else packet.src.split(":")[3][-1]
        self.ret, self.ingress = int(link), 3 - int(link)

    def open(self):
        """Sends the first packet, and learns local address and server; returns the flow."""
        first = self.request(l4=self.request_l4(first=True))
        packet, problems = only(Packet(first), self.rig.run([("c1", "eth0", first)])[self.at])
        if problems:
            raise RuntimeError(problems[0])
        self.learn(packet)
        return self

    def warm_links(self):
        """Lets relay and balancer learn each other's neighbours on both links; before there is a
        marker."""
        for link in (1, 2):
            self.rig.send("r", self.rig.links[link], self.request(b"warm up"))
            if not self.rig.hosts["s1"].receive(SECONDS):
                raise RuntimeError("nothing gets through from link %d" % link)
            self.rig.send("s1", "eth0", self.reply(b"warm up"))
            if not self.rig.hosts["c1"].receive(SECONDS):
                raise RuntimeError("nothing gets back over link %d" % link)

    def error(self, side, kind, code, rest=bytes(4), keep=None, sender=None, ttl=64, l4=None,
              **inner):
        """An ICMP error from the @side "client" or "server", and what it must be on the other side.

        It quotes a packet as that side had received it, with @keep bytes of its transport part
        (None: all), and comes from that side's end or from a router, the @sender. @inner are fields
        of the quoted IP header. What must arrive quotes the packet as its sender had sent it.
        """
        near = (self.vip, self.client, self.vport, self.cport)
        far = (self.server, self.local, self.sport, self.lport)
        if side == "server":
            near, far = ((self.local, self.server, self.lport, self.sport),
                         (self.client, self.vip, self.cport, self.vport))
        quotes = []
        payload = b"quoted payload." if l4 is None else l4
        for src, dst, sport, dport in (near, far):
            part = pkt.l4(self.proto, src, dst, sport, dport, payload)
            whole = pkt.ip(src, dst, self.proto, part, **dict(dict(ttl=57), **inner))
            quotes.append(whole if keep is None else whole[:len(whole) - len(part) + keep])
        proto = pkt.ICMP if self.v == 4 else pkt.ICMP6
        src, dst = sender or near[1], near[0]
        raw = pkt.ip(src, dst, proto, pkt.icmp(src, dst, kind, code, rest, quotes[0]), ttl=ttl)
        # an error comes from where the packet that it quotes had been sent to
        src, dst = far[1], far[0]
        message = pkt.icmp(src, dst, kind, code, rest, quotes[1])
        return raw, Packet(pkt.ip(src, dst, proto, message, ttl=max(ttl - 3, 0)))

    def at_server(self, packet):
        """Problems with the addresses and IP header of a packet that arrived at the server."""
        return self._at(packet, (self.local, self.lport, self.server, self.sport))

    def at_client(self, packet):
        return self._at(packet, (self.vip, self.vport, self.client, self.cport))

    def _at(self, packet, want):
        got = packet.src, packet.sport, packet.dst, packet.dport
        if packet.proto != self.proto or got != want:
            return ["%s: not %s %d > %s %d" % ((packet,) + want)]
        return ["%s: %s" % (packet, packet.problem)] if packet.problem else []

    def __str__(self):
        return "IPv%d %s" % (self.v, pkt.PROTO_NAME[self.proto])


def only(what, packets):
    """The one packet there should be, and the problems when it is not so."""
    if len(packets) == 1:
        return packets[0], []
    listed = "; ".join(map(str, packets[:4]))
    return None, ["%s: %d packets, not 1: %s" % (what, len(packets), listed)]
