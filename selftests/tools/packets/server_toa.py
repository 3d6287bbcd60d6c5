# SPDX-License-Identifier: GPL-2.0-only
"""TCP option 254, segment by segment, against a server with slb-toa (server_toa.sh).

Usage: server_toa.py SLB_TOA CGROUP OTHER-CGROUP

c1 sends from trusted addresses, c2 does not. s1 has programs (tools/traffic/peers) in CGROUP, at the ports IN4 (IPv4) and
IN6 (both families), and one outside, at OUT6.
"""
import ctypes
import json
import os
import random
import signal
import struct
import subprocess
import sys
import time

import pkt
from pkt import TCP, Packet
from rig import CLIENT, PEER, SECONDS, SERVER, Host, Opener, result

IN4, IN6, OUT6 = 7001, 7002, 7003
TRUST = "198.51.100.11,2001:db8:c::11"
OTHER = {4: "198.51.100.12", 6: "2001:db8:c::12"}
MSS = bytes([2, 4, 0x05, 0x00])
KIND, KIND_IPV6 = 254, 253
PINS = "/sys/fs/bpf/slb-toa"
MANY = 1000


def toa(addr, port, kind=KIND):
    """The option as balancers send it."""
    data = struct.pack("!H", port) + pkt.addr_bytes(addr)
    return bytes([kind, 2 + len(data)]) + data


def client(v, number):
    """Addresses of clients, and ports."""
    addr = "203.0.113.%d" % (number % 250 + 1) if v == 4 else "2001:db8:99::%x" % (number + 1)
    return addr, 20000 + number * 7 % 40000


class Bench:
    """The hosts that send, and slb-toa."""

    def __init__(self, program, cgroup):
        self.program, self.cgroup = program, cgroup
        self.opener = Opener()
        self.hosts = {name: Host(self.opener, name) for name in ("c1", "c2", "r")}
        self.port = 10000
        self.calls = {}

    def next_port(self):
        self.port += 1
        return self.port

    def send(self, host, raw):
        self.hosts[host].send("eth0", self.hosts["r"].mac(PEER[host, "eth0"][1]), raw)

    def receive(self, host, call, deadline):
        """The next segment that the server sends on this connection; those of others wait for them."""
        while not call.inbox:
            packet = self.hosts[host].receive(deadline - time.monotonic())
            if packet is None:
                raise RuntimeError("port %d: the server does not answer" % call.sport)
            other = self.calls.get(packet.dport)
            if other and packet.proto == TCP:
                other.inbox.append(packet)
        return call.inbox.pop(0)

    def run(self, *words):
        """slb-toa: the exit status and what it prints."""
        done = subprocess.run([self.program] + list(words), capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def start(self, trust=TRUST, cgroup=None):
        status, text = self.run("start", "cgroup", cgroup or self.cgroup, "trust", trust)
        return [] if status == 0 else ["start: status %d: %s" % (status, text)]

    def show(self):
        status, text = self.run("-j", "show")
        return json.loads(text) if status == 0 else {}

    def count(self, before, **want):
        """Problems with what was counted since @before, which show() has returned."""
        now = self.show()
        names = ("connections", "found", "untrusted", "malformed", "failed")
        got = {name: now[name] - before[name] for name in names if now[name] != before[name]}
        return [] if got == want else ["counted %s, not %s" % (got, want)]


class Call:
    """A TCP connection to s1, whose segments are sent one by one."""

    def __init__(self, bench, v, dport, host="c1"):
        self.bench, self.host, self.dport = bench, host, dport
        self.src, self.dst = (CLIENT if host == "c1" else OTHER)[v], SERVER[v]
        self.sport, self.seq, self.ack, self.inbox = bench.next_port(), 1000, 0, []
        bench.calls[self.sport] = self

    def send(self, flags, payload=b"", options=b"", seq=None):
        l4 = pkt.l4(TCP, self.src, self.dst, self.sport, self.dport, payload, flags=flags, options=options,
                    seq=self.seq if seq is None else seq, ack=self.ack)
        self.bench.send(self.host, pkt.ip(self.src, self.dst, TCP, l4))
        if seq is None:
            self.seq += len(payload) + ("S" in flags)

    def begin(self):
        self.send("S", options=MSS)

    def finish(self, options=b""):
        """Waits for the SYN-ACK and answers it."""
        packet = self.bench.receive(self.host, self, time.monotonic() + SECONDS)
        self.ack = struct.unpack_from("!I", packet.l4, 4)[0] + 1
        if options is not None:
            self.send("A", options=options)

    def open(self, options=b""):
        """With options on the handshake's last segment; None: that is lost."""
        self.begin()
        self.finish(options)
        return self

    def wait(self):
        """What the server says next."""
        deadline = time.monotonic() + SECONDS
        while True:
            packet = self.bench.receive(self.host, self, deadline)
            seq = struct.unpack_from("!I", packet.l4, 4)[0]
            if packet.payload and seq == self.ack:
                self.ack += len(packet.payload)
                self.send("A")
                return packet.payload.decode()

    def ask(self, options=b"", text=b"?"):
        self.send("PA", text, options)
        return self.wait()

    def close(self):
        self.send("RA")
        del self.bench.calls[self.sport]

    @property
    def real(self):
        """The address that the server sees without help."""
        return mapped(self.src, self.dport), self.sport


def mapped(addr, dport):
    """As a socket for both families shows an IPv4 address."""
    return "::ffff:" + addr if dport != IN4 and ":" not in addr else addr


def compare(what, got, accepted, peer):
    """Does the program see these addresses and ports, in accept() and getpeername()?

    Where accept() may have been before or after the option arrived, @accepted has both addresses.
    """
    words = got.split()
    got = tuple((words[at], int(words[at + 1])) for at in (0, 2))
    accepted = accepted if isinstance(accepted, list) else [accepted]
    if got[0] in accepted and got[1] == peer:
        return []
    return ["%s: the program sees %s, not %s" % (what, got, (accepted, peer))]


# the families of client and socket
WAYS = ((4, IN4), (4, IN6), (6, IN6))


def way_name(way):
    return {(4, IN4): "IPv4", (4, IN6): "IPv4 at a socket for both", (6, IN6): "IPv6"}[way]


def seen(bench, way, ack=b"", data=b"", accepted=None, peer=None, host="c1"):
    """Problems of one connection with these options: None stands for the real address."""
    call = Call(bench, *way, host=host).open(ack)
    got = call.ask(data)
    call.close()
    peer = peer or call.real
    return compare("%s, %s %s" % (way_name(way), (ack or b"").hex(), data.hex()), got,
                   accepted or [call.real, peer], peer)


def shown(way, who):
    return mapped(who[0], way[1]), who[1]


# ---- cases; each returns problems

def without(bench):
    problems = []
    for number, way in enumerate(WAYS):
        problems += seen(bench, way, toa(*client(way[0], number)))
    return problems


def in_ack(bench):
    problems, before = [], bench.show()
    for number, way in enumerate(WAYS):
        who = client(way[0], number)
        problems += seen(bench, way, toa(*who), b"", shown(way, who), shown(way, who))
    return problems + bench.count(before, connections=3, found=3)


def other_kind(bench):
    """253 is for IPv6 only."""
    before = bench.show()
    who, way = client(6, 7), (6, IN6)
    problems = seen(bench, way, toa(*who, kind=KIND_IPV6), b"", who, who)
    problems += seen(bench, (4, IN4), toa(*client(4, 7), kind=KIND_IPV6))
    return problems + bench.count(before, connections=2, found=1)


def in_data(bench):
    """accept() may be over when the data arrives."""
    problems, before = [], bench.show()
    for number, way in enumerate(WAYS):
        who = client(way[0], number)
        problems += seen(bench, way, b"", toa(*who), None, shown(way, who))
    return problems + bench.count(before, connections=3, found=3)


def no_ack(bench):
    """The data is what creates the connection."""
    problems, before = [], bench.show()
    for number, way in enumerate(WAYS):
        who = client(way[0], number)
        problems += seen(bench, way, None, toa(*who), shown(way, who), shown(way, who))
    return problems + bench.count(before, connections=3, found=3)


def fast_open_port(bench):
    """The port is the magic number of TCP Fast Open: the kernel does not call the option unknown."""
    who = client(4, 1)[0], 0xF989
    return (seen(bench, (4, IN4), b"", toa(*who), None, who) +
            seen(bench, (4, IN4), toa(*who), b"", who, who))


def positions(bench):
    """Behind other options, up to the last byte of the header."""
    problems = []
    stamp = bytes([1, 1, 8, 10]) + bytes(8)
    for way, most in (((4, IN4), 32), ((6, IN6), 20)):
        who = client(way[0], 9)
        for ahead in (b"\1", b"\1\1\1", bytes([1] * most), stamp, bytes([5, 10]) + bytes(8)):
            problems += seen(bench, way, ahead + toa(*who), b"", shown(way, who), shown(way, who))
        problems += seen(bench, way, b"\0" + toa(*who))
    return problems


def late(bench):
    """After the first data, an option changes nothing."""
    problems, before = [], bench.show()
    for way in WAYS:
        call = Call(bench, *way).open()
        call.ask()
        problems += compare(way_name(way), call.ask(toa(*client(way[0], 1))), call.real, call.real)
        call.close()
    return problems + bench.count(before, connections=3)


def out_of_order(bench):
    """The second data segment arrives first, and does not have the option."""
    who = client(4, 3)
    call = Call(bench, 4, IN4).open()
    call.send("PA", b"!", seq=call.seq + 1)
    call.send("PA", b"?", toa(*who), seq=call.seq)
    call.seq += 2
    problems = compare("out of order", call.wait(), [call.real, who], who)
    call.close()
    return problems


def first_counts(bench):
    """A second option, of another address, in a later segment."""
    who = client(4, 4)
    call = Call(bench, 4, IN4).open(toa(*who))
    problems = compare("a second option", call.ask(toa(*client(4, 5))), who, who)
    problems += compare("a third option", call.ask(toa(*client(4, 6))), who, who)
    call.close()
    return problems


def untrusted(bench):
    problems, before = [], bench.show()
    for number, way in enumerate(WAYS):
        option = toa(*client(way[0], number))
        problems += seen(bench, way, option, host="c2")
        problems += seen(bench, way, b"", option, host="c2")
    return problems + bench.count(before, connections=6, untrusted=6)


def malformed(bench):
    problems, before, sent = [], bench.show(), 0
    port = struct.pack("!H", 80)
    bad = {way: [bytes([KIND, size]) + (port + bytes(range(1, 40)))[:size - 2] for size in range(2, 41)
                 if size != (8 if way[0] == 4 else 20)] for way in WAYS}
    for way in WAYS:
        bad[way] += [toa(client(way[0], 1)[0], 0), toa("0.0.0.0" if way[0] == 4 else "::", 80)]
        for option in bad[way]:
            problems += seen(bench, way, option)
            sent += 1
    return problems + bench.count(before, connections=sent, malformed=sent)


def broken(bench):
    """Linux 6.7 and newer drop such segments, so that the program does not count them."""
    problems, before = [], bench.show()["found"]
    for way in WAYS:
        good = toa(*client(way[0], 1))
        options = [bytes([KIND, size]) + good[2:] for size in (0, 1, 41, 255)]
        options += [good[:at] for at in range(4, len(good), 4)]
        for option in options:
            problems += seen(bench, way, option)
    if bench.show()["found"] != before:
        problems.append("found %d" % (bench.show()["found"] - before))
    return problems


def none(bench):
    problems, before = [], bench.show()
    for way in WAYS:
        problems += seen(bench, way)
    return problems + bench.count(before, connections=3)


def outside(bench):
    problems, before = [], bench.show()
    for v in (4, 6):
        call = Call(bench, v, OUT6).open(toa(*client(v, 1)))
        problems += compare("outside", call.ask(toa(*client(v, 1))), call.real, call.real)
        call.close()
    return problems + bench.count(before)


def many(bench):
    """All open at a time."""
    problems, before, calls = [], bench.show(), []
    for number in range(MANY):
        way = WAYS[number % 3]
        who = client(way[0], number)
        call = Call(bench, *way).open(toa(*who))
        calls.append((call, shown(way, who)))
    for call, who in calls:
        problems += compare("connection %d" % call.sport, call.ask(), who, who)
    for call, _ in calls:
        call.close()
    return problems + bench.count(before, connections=MANY, found=MANY)


# ---- the programs' runs

BPF = {"x86_64": 321}
OBJ_GET, PROG_FD, GET_INFO, STATS = 7, 13, 15, 32


def bpf(command, attributes):
    """bpf(2): a file descriptor."""
    buffer = ctypes.create_string_buffer(attributes.ljust(128, b"\0"))
    number = ctypes.CDLL(None, use_errno=True).syscall(BPF[os.uname().machine], command, buffer, 128)
    if number < 0:
        raise OSError(ctypes.get_errno(), "bpf(%d)" % command)
    return number


def program_fd(name):
    """The program of a pinned link."""
    path = ctypes.create_string_buffer((PINS + "/" + name).encode())
    link = bpf(OBJ_GET, struct.pack("Q", ctypes.addressof(path)))
    info = ctypes.create_string_buffer(64)
    bpf(GET_INFO, struct.pack("IIQ", link, 64, ctypes.addressof(info)))
    os.close(link)
    return bpf(PROG_FD, struct.pack("I", struct.unpack_from("III", info)[2]))


def runs(program):
    with open("/proc/self/fdinfo/%d" % program, encoding="ascii") as file:
        return int(next(line for line in file if line.startswith("run_cnt")).split()[1])


def quiet(bench):
    """How often the program runs in each of later segments, which do not take the kernel's fast path."""
    problems, stats, program = [], bpf(STATS, struct.pack("I", 0)), program_fd("toa_sockops")
    stamp = bytes([1, 1, 5, 10]) + bytes(8)
    for name, ack, data in (("found", toa(*client(4, 1)), b""), ("none", b"", b""), ("in data", b"", toa(*client(4, 1)))):
        call = Call(bench, 4, IN4).open(ack)
        call.ask(data)
        call.ask(stamp)
        before = runs(program)
        for _ in range(5):
            call.ask(stamp)
        if runs(program) != before:
            problems.append("%s: the program ran %d times" % (name, runs(program) - before))
        call.close()
    # a client that only receives
    call = Call(bench, 4, IN4).open()
    for _ in range(20):
        call.send("A", options=stamp)
    # behind them: when this is answered, they have arrived
    call.ask(stamp)
    before = runs(program)
    for _ in range(5):
        call.send("A", options=stamp)
    call.ask(stamp)
    if runs(program) != before:
        problems.append("no data: the program ran %d times" % (runs(program) - before))
    call.close()
    os.close(program)
    os.close(stats)
    return problems


# ---- life of the loader

def killed(bench):
    """kill -9 at any moment of 40 starts: open connections keep their address, new ones get it."""
    problems, who, new = [], client(4, 11), client(6, 12)
    call = Call(bench, 4, IN4).open(toa(*who))
    call.ask()
    early, began = 0, time.monotonic()
    problems += bench.start()
    took = time.monotonic() - began
    for number in range(40):
        trust = TRUST + ",10.0.%d.0/24" % number
        process = subprocess.Popen([bench.program, "start", "cgroup", bench.cgroup, "trust", trust])
        time.sleep(random.random() * took * 1.1)
        process.send_signal(signal.SIGKILL)
        early += process.wait() != 0
        if number % 8 == 0:
            problems += seen(bench, (6, IN6), toa(*new), b"", new, new)
    problems += compare("after the kills", call.ask(), who, who)
    call.close()
    print("# %d of 40 were killed before their end" % early)
    return problems + ([] if early else ["none was killed in time"]) + bench.start() + in_ack(bench)


def changed(bench):
    """Other prefixes: open connections keep their address."""
    who = client(4, 13)
    call = Call(bench, 4, IN4).open(toa(*who))
    problems = bench.start("10.0.0.0/8,::/0") + seen(bench, (4, IN4), toa(*who)) + seen(bench, (4, IN6), toa(*who))
    new = client(6, 13)
    problems += seen(bench, (6, IN6), toa(*new), b"", new, new)
    trust = sorted(bench.show()["trust"])
    if trust != ["10.0.0.0/8", "::/0"]:
        problems.append("show has the prefixes %s" % trust)
    problems += bench.start("0.0.0.0/0") + seen(bench, (6, IN6), toa(*new)) + bench.start()
    problems += compare("open", call.ask(), who, who)
    call.close()
    return problems


def elsewhere(bench, other):
    """Refused for another cgroup, and nothing changes."""
    before = bench.show()
    status, text = bench.run("start", "cgroup", other, "trust", "10.0.0.0/8")
    want = "slb-toa: already attached to cgroup %s: slb-toa stop detaches\n" % bench.cgroup
    problems = [] if (status, text) == (1, want) else ["status %d: %s" % (status, text)]
    return problems + ([] if bench.show() == before else ["show: %s, not %s" % (bench.show(), before)])


def stopped(bench, call):
    """Detached: programs see what they saw before."""
    status, text = bench.run("stop")
    problems = ["stop: %s" % text] if status else []
    problems += compare("open", call.ask(), shown((4, IN4), client(4, 14)), call.real)
    call.close()
    if os.path.exists(PINS):
        problems.append("%s is still there" % PINS)
    for command in ("show", "stop"):
        if bench.run(command) != (1, "slb-toa: not running: nothing is attached\n"):
            problems.append("%s: %s" % (command, bench.run(command)))
    return problems + without(bench)


def removed(bench, other):
    """The cgroup of the programs goes, another one comes."""
    os.mkdir(other)
    problems = bench.start(cgroup=other)
    os.rmdir(other)
    # the kernel detaches some time later
    deadline = time.monotonic() + SECONDS
    while bench.show().get("attached") and time.monotonic() < deadline:
        time.sleep(0.1)
    if bench.show().get("attached") is not False:
        problems.append("show: %s" % bench.show())
    if not bench.run("show")[1].startswith("detached"):
        problems.append("show: %s" % bench.run("show")[1])
    return problems + bench.start() + in_ack(bench)


# ---- programs that know nothing of all this

NGINX, SOCAT = 8080, 8081
GET = b"GET /peer HTTP/1.0\r\n\r\n"


def programs(bench):
    """In the default cgroup, the root: all programs. socat speaks first."""
    status, text = bench.run("start", "trust", TRUST)
    problems = ["start: %s" % text] if status else []
    for v, dport in ((4, NGINX), (6, NGINX), (4, SOCAT)):
        who = client(v, 20)
        for option in (toa(*who), b""):
            call = Call(bench, v, dport).open(option)
            got = call.ask(text=GET) if dport == NGINX else call.wait()
            want = "%s %d" % (who if option else (call.src, call.sport))
            if got.split("\r\n\r\n")[-1].strip() != want:
                problems.append("port %d: %r, not %s" % (dport, got, want))
            call.close()
    return problems


CASES = (
    (in_ack, "accept() and getpeername() have the client's address of the handshake's last segment"),
    (other_kind, "option 253 has the address of IPv6 clients, too, and of no others"),
    (in_data, "getpeername() has the address of the first data segment"),
    (no_ack, "both have it when only the data segment arrives"),
    (fast_open_port, "the port 63881 makes no difference"),
    (positions, "the option is found behind others, up to the end of the header, not behind the end of options"),
    (late, "after the first data, an option changes nothing"),
    (out_of_order, "data that arrives before the first does not hide the option of that"),
    (first_counts, "the first option counts"),
    (none, "a connection without the option has its real address"),
    (untrusted, "options of other senders are ignored and counted"),
    (malformed, "options of wrong lengths, without address or port, are ignored and counted"),
    (broken, "options that are longer than the header, or have no length, are ignored"),
    (outside, "programs outside of the cgroup see the real address, and nothing is counted"),
    (quiet, "once the address is known, or will not come, segments cost nothing"),
    (many, "%d open connections have the addresses of %d clients" % (MANY, MANY)),
)


def main():
    program, cgroup, other = sys.argv[1:]
    bench = Bench(program, cgroup)
    result("without slb-toa, programs see the real address", without(bench))
    old = Call(bench, 4, IN4).open(toa(*client(4, 0)))
    old.ask()
    problems = bench.start()
    problems += compare("old", old.ask(toa(*client(4, 0))), old.real, old.real)
    old.close()
    result("connections of before keep the real address", problems)
    for case, text in CASES:
        result(text, case(bench))
    subprocess.run(["ip", "netns", "exec", bench.opener.netns["s1"], "sysctl", "-qw", "net.ipv4.tcp_syncookies=2"],
                   check=True)
    result("the same holds with SYN cookies", in_ack(bench) + no_ack(bench) + in_data(bench) + untrusted(bench))
    result("a killed slb-toa start changes no address, and the next one works", killed(bench))
    result("other prefixes hold for new connections; IPv6 prefixes do not cover IPv4", changed(bench))
    result("another cgroup is refused while the programs are attached", elsewhere(bench, other))
    call = Call(bench, 4, IN4).open(toa(*client(4, 14)))
    call.ask()
    result("stop detaches and leaves nothing behind", stopped(bench, call))
    result("the programs can be attached again after their cgroup has been removed", removed(bench, other + "/gone"))
    bench.run("stop")
    result("nginx and socat, outside of any cgroup, see clients", programs(bench))


main()
