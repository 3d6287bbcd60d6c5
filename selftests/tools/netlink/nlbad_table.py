# SPDX-License-Identifier: GPL-2.0-only
"""For nlbad.py: right messages, and well-formed ones that must be refused.

The configuration that they are about is made by netlink_bad.sh.

RIGHT: family: (operation, values, attributes that must not be absent...), in an order in which all of them
succeed. TABLE: family: (operation, words that the kernel's refusal must have, values).
"""


def with_(values, **changes):
    """The values with some changed, added, or (None) left out; _ stands for - in names."""
    changes = {name.replace("_", "-"): value for name, value in changes.items()}
    kept = [(name, changes.pop(name, value)) for name, value in values]
    return [(name, value) for name, value in kept + list(changes.items()) if value is not None]


LONG = "a-name-of-the-most-31-characters"[:31]
ROUTED = "must be a routed unicast address"
LONGEST = "2001:db8:1111:2222:3333:4444:5555:6666"
LINK = [("name", "lx"), ("dev", "dx"), ("via4", "100.64.1.65"), ("local4-first", "10.1.9.1"),
        ("local4-last", "10.1.9.4"), ("via6", "2001:db8:b:19::1"), ("local6-first", "2001:db8:a:19::1"),
        ("local6-last", "2001:db8:a:19::4"), ("weight", 5)]
HOSTS = [("host4", "10.1.9.4"), ("host6", "2001:db8:a:19::4")]
LINK_SET = with_(LINK, name="l1", dev="dy", via4="100.64.1.81", local4_first="10.1.8.1",
                 local4_last="10.1.8.4", local6_first="2001:db8:a:18::1", local6_last="2001:db8:a:18::4")
SERVER = [("group", "web"), ("addr", "192.0.2.19"), ("port", 81), ("weight", 3), ("state", 1), ("deadline", 3600), ("tier", 15)]
UP = [("group", "web"), ("addr", "192.0.2.11"), ("port", 80)]
HEALTH = [("health", 2), ("health-why", "refused"), ("health-percent", 50)]
VIP = [("proto", "tcp"), ("addr", "203.0.113.80"), ("port-first", 90), ("port-last", 99)]
UDP = [("proto", "udp"), ("addr", "203.0.113.80"), ("port-first", 5000), ("port-last", 5010)]
ANY = [("proto", "any"), ("addr", "2001:db8:f::80")]
SCTP = [("proto", "sctp"), ("addr", LONGEST), ("port-first", 50000), ("port-last", 60000)]
SETTING = [("session-limit", 1000), ("port-first", 2000), ("port-last", 3000), ("hash-key", b"0123456789abcdef"),
           ("icmp-rate", 10), ("tcp-syn-timeout", 1), ("tcp-established-timeout", 864000),
           ("tcp-fin-timeout", 3), ("tcp-time-wait-timeout", 4), ("tcp-close-timeout", 5),
           ("udp-new-timeout", 6), ("udp-timeout", 7), ("sctp-init-timeout", 8),
           ("sctp-established-timeout", 9), ("sctp-shutdown-timeout", 10), ("fast-path", 0),
           ("on-end", 1), ("reset-rate", 10), ("unmatched", 2), ("health-ttl", 3600), ("proxy-every", 1), ("proxy-checksum", 1),
           ("sync-wait", 3600), ("sync-after", 0), ("sync-log", 1024), ("persist-limit", 16777216)]
POLICY = [("session-limit", 16777216), ("rate-limit", 1000000), ("refuse", 2), *SETTING[5:15],
          ("client-limit", 16777216), ("mark", 0x80000010), ("mark-mask", 0xf00000ff)]
ADOPT = [("adopt4-first", "10.1.7.1"), ("adopt4-last", "10.1.7.4"), ("adopt6-first", "2001:db8:a:17::1"),
         ("adopt6-last", "2001:db8:a:17::4")]
MORE = [("name", "l1"), ("via4", "100.64.1.81"), ("via4-more", b"".join(bytes([100, 64, 1, n]) for n in range(82, 89))),
        ("via6", "2001:db8:b:19::1"), ("via6-more", b"\x20\1\r\xb8" + bytes(11) + b"\2")]
# A record that the kernel counts as malformed, and a range of one address.
RECORD, RANGE = bytes(96), b"\4" + bytes(35)
SESSION = [("proto", "tcp"), ("client", "198.51.100.11"), ("client-port", 1024), ("vip", "203.0.113.80"),
           ("vip-port", 80), ("server", "192.0.2.11"), ("server-port", 80), ("local", "10.1.1.1"),
           ("local-port", 1024), ("return-link", "l1"), ("group", "web"), ("state", 2)]
RETURN = [("balancer", "b2"), ("name", "lx"), ("dev", "dx"), ("via4", "100.64.1.65"), ("return4-first", "10.1.9.1"),
          ("return4-last", "10.1.9.4"), ("via6", "2001:db8:b:19::2"), ("return6-first", "2001:db8:a:19::1"),
          ("return6-last", "2001:db8:a:19::4"), ("weight", 5)]
RETURN_SET = with_(RETURN, balancer="b1", name="l1", via4="100.64.1.81", return4_first="10.1.8.1",
                   return4_last="10.1.8.4", via6="2001:db8:b:18::2", return6_first="2001:db8:a:18::1",
                   return6_last="2001:db8:a:18::4")
FLOW = [("proto", "tcp"), ("client", "198.51.100.11"), ("client-port", 1024), ("vip", "203.0.113.80"),
        ("vip-port", 80)]
TOLD = FLOW + [("balancer", "b1"), ("state", 5), ("idle", 1000)]
EXPLAIN = FLOW + [("ingress-link", "l1")]
RELAY_SETTING = [("hash-key", b"0123456789abcdef"), ("flow-limit", 16777216), ("dead-reset", 0), *SETTING[5:8],
                 *SETTING[10:16], ("dead-after", 100), *SETTING[17:19], ("settle-after", 100), SETTING[4], ("announce", 0)]

RIGHT = {
    "slb": [
        ("link-get", [("name", "l1")], "name"),
        ("link-add", LINK + HOSTS, "name", "dev", "via4", "local4-first", "via6", "local6-first"),
        ("link-set", [("name", LONG), ("new-name", "ln")], "name", "new-name"),
        ("link-set", LINK_SET + [("host4", "10.1.8.1")], "name", "local4-first", "local6-first"),
        ("link-set", [("name", "l1")] + ADOPT, "name", "adopt4-first", "adopt6-first"),
        ("link-set", MORE, "name", "via4", "via6"),
        ("link-del", [("name", "l2")], "name"),
        ("group-get", [("name", "web")], "name"),
        ("group-add", [("name", "gx"), ("scheduler", "mh"), ("table-size", 65537), ("min-healthy-percent", 50), ("when-none", 1),
                       ("tier-min", 4096), ("slow-start", 0), ("client-address", 1), ("hash", 1), ("overflow", 1),
                       ("persist", 864000), ("prefix4", 1), ("prefix6", 128), ("hash-balance-factor", 0)], "name", "scheduler"),
        ("group-set", [("name", LONG), ("new-name", "gn")], "name", "new-name"),
        ("group-set", [("name", "spare"), ("scheduler", "mh"), ("table-size", 13), ("min-healthy", 0), ("tier-min-percent", 100),
                       ("client-address", 2), ("hash", 0), ("overflow", 0), ("persist", 0), ("prefix4", 32), ("prefix6", 1),
                       ("hash-balance-factor", 0)], "name"),
        ("group-del", [("name", "spare")], "name"),
        ("server-get", [("group", "web"), ("addr", "192.0.2.11"), ("port", 80)], "group", "addr", "port"),
        ("server-add", SERVER, "group", "addr"),
        ("server-set", SERVER, "group", "addr", "port"),
        ("health-set", UP + HEALTH, "group", "addr", "port", "health"),
        ("health-set", UP + [("health", 2), ("link", "l1")], "group", "addr", "port", "health"),
        ("server-del", SERVER[:3], "group", "addr", "port"),
        ("vip-get", UDP, "proto", "addr", "port-first"),
        ("vip-add", VIP + [("group", "web"), ("client-address", 3)] + POLICY, "proto", "addr", "port-first", "group"),
        ("vip-set", UDP + [("group", "gx")], "proto", "addr", "port-first", "group"),
        ("vip-set", UDP + [("group", "gx"), ("client-address", 2)] + POLICY, "proto", "addr", "port-first"),
        ("vip-del", UDP, "proto", "addr", "port-first"),
        ("explain-get", EXPLAIN, "proto", "client", "client-port", "vip", "vip-port"),
        ("session-flush", SESSION),
        ("persist-flush", [("group", "web"), ("client", "198.51.100.11")]),
        # its timeouts would end sessions meanwhile
        ("setting-set", [("sync-wait", 3600)]),
        ("sync-get", [("after", 0)]), ("sync-add", [("records", RECORD), ("epoch", 1)], "records"),
        ("sync-feed", [("ranges", RANGE), ("epoch", 1)], "ranges"), ("sync-set", [("behind", 0)], "behind"),
        ("setting-set", SETTING),
        ("vip-flush", []), ("server-flush", [("group", "gx")]), ("server-flush", []), ("group-flush", []), ("link-flush", []),
    ],
    "slb_relay": [
        ("vip-get", UDP, "proto", "addr", "port-first"),
        ("vip-add", VIP, "proto", "addr", "port-first"),
        ("vip-del", UDP, "proto", "addr", "port-first"),
        ("balancer-get", [("name", "b1")], "name"),
        ("balancer-add", [("name", "bx"), ("weight", 3), ("heir", "b2")], "name"),
        ("balancer-set", [("name", LONG), ("new-name", "bn")], "name", "new-name"),
        ("balancer-set", [("name", "b1"), ("weight", 65535)], "name", "weight"),
        ("balancer-set", [("name", "b1"), ("heir", "none")], "name", "heir"),
        ("link-get", [("balancer", "b1"), ("name", "l1")], "balancer", "name"),
        ("flow-get", FLOW, "proto", "client", "client-port", "vip", "vip-port"),
        ("link-add", RETURN, "balancer", "name", "dev", "via4", "return4-first", "via6", "return6-first"),
        ("link-set", [("balancer", "b2"), ("name", "l1"), ("new-name", "ln")], "balancer", "name", "new-name"),
        ("link-set", RETURN_SET, "balancer", "name"),
        ("link-del", [("balancer", "b1"), ("name", "l2")], "balancer", "name"),
        ("balancer-del", [("name", "b2")], "name"),
        ("flow-add", TOLD, "proto", "client", "client-port", "vip", "vip-port", "balancer", "state"),
        ("flow-flush", FLOW + [("balancer", "b1"), ("link", "l1"), ("state", 5), ("exception", 0)]),
        ("device-get", [("dev", "d1")], "dev"),
        ("device-add", [("dev", "dx"), ("xdp", 1)], "dev"),
        ("device-set", [("dev", "dx"), ("xdp", 0)], "dev", "xdp"),
        ("device-del", [("dev", "dx")], "dev"),
        ("setting-set", RELAY_SETTING),
        ("vip-flush", []), ("link-flush", []), ("balancer-flush", []), ("device-flush", []),
    ],
}


# A transaction with an empty operation, for who may do what; nltxn.py has the wrong ones.
TXN = [("txn-begin", []), ("txn-stage", [("op", 0), ("request", b"")]), ("txn-commit", []), ("txn-get", [])]

# A trace of one socket.
TRACE = [("trace-start", [("proto", "udp")]), ("trace-stop", [])]


def txn(spec):
    """TXN of a family."""
    return [(operation, [(name, spec.ops["vip-flush"].number if name == "op" else value) for name, value in values])
            for operation, values in TXN]


def bad_names(operation, values, attribute="name"):
    """What is no name, for messages that have one."""
    changes = [{attribute: name} for name in ("-x", "a/b", "a b", "a\n", "\u00e4", "")]
    return [(operation, "name", with_(values, **change)) for change in changes]


def bad_hosts(operation, words, values, attribute):
    """What is no address of a host that routers forward to."""
    addresses = ["0.0.0.0", "127.0.0.1", "224.0.0.1", "239.255.255.255", "255.255.255.255",
                 "127.255.255.254", "::", "::1", "ff02::1", "::ffff:192.0.2.1"]
    return [(operation, words, with_(values, **{attribute: a})) for a in addresses]


def bad_routed(operation, words, values, attribute):
    """What routers do not forward to, beside what is no host."""
    addresses = ["0.1.2.3", "169.254.0.0", "169.254.1.1", "fe80::1", "fec0::1", "feff::1", "::10.0.0.1", "::2"]
    return [(operation, words, with_(values, **{attribute: a})) for a in addresses]


def bad_ranges(operation, words, values, what):
    """What is no range of addresses: words tells what the refusal is about."""
    four, six = what + "4_%s", what + "6_%s"
    pairs = [(four, "10.1.9.4", "10.1.9.1"), (four, "10.1.0.0", "10.2.0.0"), (four, "0.0.0.0", "0.0.0.4"),
             (four, "223.255.255.255", "224.0.0.1"), (four, "10.1.9.1", "255.255.255.255"),
             (four, "127.0.0.1", "127.0.0.4"), (four, "169.254.1.1", "169.254.1.4"),
             (four, "169.253.255.255", "169.254.0.0"), (four, "0.255.255.255", "1.0.0.3"),
             (six, "2001:db8::9", "2001:db8::1"), (six, "2001:db8::", "2001:db8::1:0"),
             (six, "2001:db8::ffff:ffff", "2001:db8:0:0:0:1::"), (six, "::", "::4"),
             (six, "::1", "::1"), (six, "ff02::1", "ff02::4"), (six, "fe80::1", "fe80::4"),
             (six, "fec0::1", "fec0::4"), (six, "::10.0.0.1", "::10.0.0.4"), (six, "::ffff:10.0.0.1", "::ffff:10.0.0.4")]
    return [(operation, words, with_(values, **{form % "first": first, form % "last": last}))
            for form, first, last in pairs]


def bad_vias(operation, values):
    """What is no host on the same wire."""
    return [(operation, "the next hop (via) must be a unicast address, not " + kind, with_(values, **{attribute: a}))
            for attribute, kind, a in (
                ("via4", "in 0.0.0.0/8", "0.0.0.0"), ("via4", "in 0.0.0.0/8", "0.1.2.3"),
                ("via4", "loopback", "127.0.0.1"), ("via4", "multicast", "239.1.2.3"),
                ("via4", "broadcast", "255.255.255.255"), ("via6", "::", "::"), ("via6", "loopback", "::1"),
                ("via6", "multicast", "ff02::1"), ("via6", "site-local", "fec0::1"),
                ("via6", "IPv4-mapped", "::ffff:10.0.0.1"), ("via6", "IPv4-compatible", "::10.0.0.1"))]


def bad_kinds(operation, values, what):
    """The words for what a range may not hold, and for its size; and a device that leads nowhere."""
    pairs = [("4", "in 0.0.0.0/8", "0.1.2.3", None), ("4", "loopback", "127.0.0.1", "127.0.0.4"),
             ("4", "link-local", "169.254.1.1", None), ("4", "multicast", "223.255.255.255", "224.0.0.1"),
             ("4", "broadcast", "255.255.255.250", "255.255.255.255"), ("6", "::", "::", "::4"),
             ("6", "link-local", "fe80::1", None), ("6", "site-local", "fec0::1", None),
             ("6", "IPv4-compatible", "::10.0.0.1", "::10.0.0.4"), ("6", "IPv4-mapped", "::ffff:10.0.0.1", None)]
    ranges = [("an address of the range %s, not %s" % (ROUTED, kind), family, first, last)
              for family, kind, first, last in pairs]
    ranges += [("last address of the range is below the first", "4", "10.1.9.4", "10.1.9.1"),
               ("a range has at most 65536 addresses", "4", "10.1.0.0", "10.2.0.0"),
               ("all in one /96", "6", "2001:db8::ffff:ffff", "2001:db8:0:0:0:1::")]
    return [(operation, words, with_(values, **{what + family + "_first": first, what + family + "_last": last}))
            for words, family, first, last in ranges] + [
                (operation, "a loopback device cannot be a link", with_(values, dev="lo")),
                (operation, "invalid device name", with_(values, dev="a/b"))]


def ports(operation, zero, turned, orphan, values):
    return [(operation, zero, with_(values, port_first=0)),
            (operation, zero, with_(values, port_first=0, port_last=None)),
            (operation, turned, with_(values, port_first=99, port_last=90)),
            (operation, orphan, with_(values, port_first=None))]


TABLE = {
    "slb":
    bad_names("link-add", LINK) + bad_names("link-del", [("name", "l1")]) +
    bad_names("group-set", [("name", "web"), ("new-name", "x")], "new-name") +
    bad_names("group-add", [("name", "x")]) + bad_names("server-add", SERVER, "group") +
    bad_hosts("server-add", "the address of the server " + ROUTED, SERVER, "addr") +
    bad_routed("server-add", "the address of the server " + ROUTED, SERVER, "addr") +
    bad_hosts("vip-add", "the address of the VIP " + ROUTED, VIP + [("group", "web")], "addr") +
    bad_hosts("vip-add", "the address of the VIP " + ROUTED, VIP[:2] + [("group", "web")], "addr") +
    bad_routed("vip-add", "the address of the VIP " + ROUTED, VIP + [("group", "web")], "addr") +
    bad_hosts("session-get", "the address of the client must be", SESSION, "client") +
    bad_ranges("link-add", "range", LINK, "local") + bad_vias("link-add", LINK) +
    bad_kinds("link-add", LINK, "local") +
    ports("vip-add", "ports must be 1 to", "ascending", "without the first", VIP + [("group", "web")]) +
    ports("vip-del", "ports must be 1 to", "ascending", "without the first", UDP) + [
        ("link-add", "own local addresses", with_(LINK, via4="10.1.9.2")),
        ("link-add", "own local addresses", with_(LINK, via6="2001:db8:a:19::4")),
        ("link-set", "own local addresses", [("name", "l1"), ("via4", "10.1.1.3")]),
        ("link-set", "own local addresses", [("name", "l1"), ("local4-first", "100.64.1.17")]),
        ("link-add", "next hop (via) of link l1", with_(LINK, local4_first="100.64.1.17", local4_last=None)),
        ("link-add", "local address of link l1", with_(LINK, via4="10.1.1.2")),
        ("link-add", "overlap those of link l1", with_(LINK, local4_first="10.1.1.4")),
        ("link-add", "overlap those of link l1", with_(LINK, local6_first="2001:db8:a:11::1",
                                                       local6_last="2001:db8:a:11::ff")),
        ("link-set", "overlap those of link l1", [("name", "l2"), ("local4-first", "10.1.0.1"),
                                                  ("local4-last", "10.1.1.1")]),
        ("link-add", "VIP", with_(LINK, local4_first="203.0.113.1", local4_last="203.0.113.99")),
        ("link-add", "VIP", with_(LINK, local6_first="2001:db8:f::80", local6_last=None)),
        ("link-add", "VIP", with_(LINK, via4="203.0.113.80")),
        ("link-set", "VIP", [("name", "l1"), ("local4-first", "203.0.113.80")]),
        ("link-add", "belongs to link l1", with_(LINK, dev="d1")),
        ("link-set", "belongs to link l1", [("name", "l2"), ("dev", "d1")]),
        ("link-add", "invalid device name", with_(LINK, dev="a/b")),
        ("link-add", "invalid device name", with_(LINK, dev="..")),
        ("link-add", "invalid device name", with_(LINK, dev="")),
        ("link-add", "invalid device name", with_(LINK, dev="a b")),
        ("link-add", "link l1 already exists", with_(LINK, name="l1")),
        ("link-add", "at least one family", LINK[:2]),
        ("link-add", "IPv6 needs both", LINK[:5] + [("via6", "2001:db8::1")]),
        ("link-set", "IPv6 needs both", [("name", "l2"), ("local6-first", "2001:db8::1")]),
        ("link-set", "nothing to change", [("name", "l1")]),
        ("link-set", "link no does not exist", [("name", "no"), ("weight", 1)]),
        ("link-get", "link no does not exist", [("name", "no")]),
        ("link-del", "link no does not exist", [("name", "no")]),
        ("link-add", "link %s already exists" % LONG, with_(LINK, name=LONG)),
        ("link-add", "belongs to link " + LONG, with_(LINK, dev="a-device-of-15x")),
        ("link-add", "overlap those of link " + LONG, with_(LINK, local4_first="10.1.3.4")),
        ("link-add", "next hop (via) of link " + LONG, with_(LINK, local4_first="100.64.1.97", local4_last=None)),
        ("link-add", "local address of link " + LONG, with_(LINK, via4="10.1.3.1")),
        ("link-del", "link x%s does not exist" % LONG[1:], [("name", "x" + LONG[1:])]),
        ("group-add", "group %s already exists" % LONG, [("name", LONG)]),
        ("group-add", 'invalid scheduler "%s" (valid: rr, wrr, lc, wlc, sed, nq, p2c, sh, mh)' % LONG[:10], [("name", "x"), ("scheduler", LONG)]),
        ("group-del", "use group %s: delete them first" % LONG, [("name", LONG)]),
        ("server-add", "group %s already has this server" % LONG, [("group", LONG), ("addr", "192.0.2.13")]),
        ("server-del", "group %s has no such server" % LONG, with_(SERVER[:3], group=LONG)),
        ("vip-add", "ports 50001-65535 partly overlap ports 50000-60000 of another VIP",
         [("proto", "sctp"), ("addr", LONGEST), ("port-first", 50001), ("port-last", 65535), ("group", LONG)]),
        ("vip-add", "local address of link " + LONG, with_(VIP, addr="10.1.3.1", group="web")),
        ("vip-add", "next hop (via) of link " + LONG, with_(VIP, addr="100.64.1.97", group="web")),
        ("group-add", "group web already exists", [("name", "web")]),
        ("group-add", 'invalid scheduler "best" (valid:', [("name", "x"), ("scheduler", "best")]),
        ("group-add", 'invalid scheduler "" (valid:', [("name", "x"), ("scheduler", "")]),
        ("group-set", 'invalid scheduler "RR" (valid:', [("name", "web"), ("scheduler", "RR")]),
        ("group-add", "scheduler wrr has no table", [("name", "x"), ("scheduler", "wrr"), ("table-size", 13)]),
        ("group-set", "scheduler rr has no table", [("name", "web"), ("table-size", 13)]),
        ("group-add", "must be a prime", [("name", "x"), ("scheduler", "mh"), ("table-size", 65536)]),
        ("group-add", "must be a prime", [("name", "x"), ("scheduler", "mh"), ("table-size", 2)]),
        ("group-add", "must be a prime", [("name", "x"), ("scheduler", "mh"), ("table-size", 0)]),
        ("group-add", "must be a prime", [("name", "x"), ("scheduler", "mh"), ("table-size", 4294967291)]),
        ("group-set", "must be a prime", [("name", "spare"), ("table-size", 251 * 257)]),
        ("group-set", "nothing to change", [("name", "web")]),
        ("group-set", "group no does not exist", [("name", "no"), ("scheduler", "rr")]),
        ("group-get", "group no does not exist", [("name", "no")]),
        ("group-del", "group no does not exist", [("name", "no")]),
        ("group-del", "3 VIP(s) use group web", [("name", "web")]),
        ("group-flush", "3 VIP(s) use group web", []),
        ("server-add", "group no does not exist", with_(SERVER, group="no")),
        ("server-add", "4 or 16 bytes, not 5", with_(SERVER, addr=b"12345")),
        ("server-add", "4 or 16 bytes, not 17", with_(SERVER, addr=bytes(17))),
        ("server-add", "already has this server", with_(SERVER, addr="192.0.2.11", port=80)),
        ("server-set", "nothing to change", UP),
        ("server-set", "has no such server", with_(SERVER, addr="192.0.2.11", port=None)),
        *(("server-add", "only a server that drains (state drain) has a deadline", with_(SERVER, state=state))
          for state in (0, 2, None)),
        ("server-set", "only a server that drains (state drain) has a deadline", UP + [("deadline", 5)]),
        ("server-set", "only a server that drains (state drain) has a deadline", UP + [("state", 2), ("deadline", 5)]),
        ("health-set", "has no such server", SERVER[:3] + HEALTH),
        ("health-set", "group no does not exist", with_(UP, group="no") + HEALTH),
        ("health-set", "link no does not exist", UP + [("health", 2), ("link", "no")]),
        ("health-set", "neither a reason nor a percentage", UP + HEALTH + [("link", "l1")]),
        ("health-set", "neither a reason nor a percentage", UP + [("health", 1), ("health-percent", 5), ("link", "l1")]),
        ("group-add", "exclude each other", [("name", "x"), ("min-healthy", 1), ("min-healthy-percent", 1)]),
        ("group-set", "exclude each other", [("name", "web"), ("tier-min-percent", 1), ("tier-min", 1)]),
        *(("group-" + command, "only scheduler mh has hash, rr has not", [("name", name), ("scheduler", "rr"), ("hash", 1)])
          for command, name in (("add", "x"), ("set", "spare"))),
        *(("group-add", "slow-start would move flows of scheduler " + name,
           [("name", "x"), ("scheduler", name), ("slow-start", 1)]) for name in ("sh", "mh")),
        ("group-set", "slow-start would move flows of scheduler mh", [("name", "spare"), ("slow-start", 86400)]),
        ("group-set", "slow-start would move flows of scheduler sh", [("name", "slow"), ("scheduler", "sh")]),
        ("link-add", "the IPv4 host must be one of several local addresses", with_(LINK, host4="10.1.9.5")),
        ("link-add", "the IPv6 host must be one of several local addresses", with_(LINK, host6="2001:db8:a:19::")),
        ("link-add", "the IPv4 host must be one of several", with_(LINK, local4_last=None, host4="10.1.9.1")),
        ("link-set", "the IPv4 host must be one of several", [("name", "l1"), ("host4", "255.255.255.255")]),
        ("link-set", "the IPv6 host must be one of several", [("name", "l2"), ("host6", "2001:db8:a:12::9:1")]),
        ("sync-get", "sync-wait is 0", []), ("sync-get", "sync-wait is 0", [("after", 0)]),
        ("sync-set", "sync-wait is 0", [("behind", 1)]),
        *(("sync-add", "1 to 512 structures of 96 bytes", [("records", data)]) for data in (b"", b"x", bytes(95), bytes(513 * 96))),
        *(("sync-feed", "1 to 64 structures of 36 bytes", [("ranges", data)]) for data in (b"", b"x", bytes(35), RANGE * 65)),
        ("sync-feed", "unknown family 5", [("ranges", b"\5" + RANGE[1:])]),
        ("link-set", "the first adopted address is missing", [("name", "l1"), ("adopt4-last", "10.1.7.4")]),
        ("link-set", "the first adopted address is missing", [("name", "l1"), ("adopt6-last", "2001:db8::1")]),
        ("link-set", "the first next hop (via) is missing", [("name", "l1"), ("via4-more", bytes(4))]),
        ("link-set", "the first next hop (via) is missing", [("name", "l1"), ("via6-more", bytes(16))]),
        *(("link-set", "must have 4 bytes each", with_(MORE, via4_more=bytes(n))) for n in (0, 1, 3, 27)),
        *(("link-set", "must have 16 bytes each", with_(MORE, via6_more=bytes(n))) for n in (0, 4, 15, 113)),
        ("link-set", "at most 8 next hops (via) of IPv4", with_(MORE, via4_more=bytes(32))),
        ("link-set", "at most 8 next hops (via) of IPv6", with_(MORE, via6_more=bytes(128))),
        ("link-set", "the next hop (via) 100.64.1.81 is given twice", with_(MORE, via4_more=bytes([100, 64, 1, 81]))),
        ("link-set", "must be a unicast address", with_(MORE, via4_more=bytes([100, 64, 1, 82, 224, 0, 0, 1]))),
        ("link-set", "one of the link's own local addresses", with_(MORE, via4_more=bytes([10, 1, 1, 2]))),
        ("link-set", "is a local address of link l2", with_(MORE, via4_more=bytes([10, 1, 2, 1]))),
        ("server-get", "has no such server", SERVER[:3]),
        ("server-del", "has no such server", SERVER[:3]),
        ("server-del", "has no such server", with_(SERVER[:3], addr="2001:db8:5::99")),
        ("vip-add", "group no does not exist", VIP + [("group", "no")]),
        ("vip-add", "4 or 16 bytes, not 5", with_(VIP, addr=b"12345", group="web")),
        ("vip-add", "invalid protocol 1 ", with_(VIP, proto=1, group="web")),
        ("vip-add", "invalid protocol 255 ", with_(VIP, proto=255, group="web")),
        ("vip-add", "already exists", with_(UDP, group="web")),
        ("vip-add", "already exists", with_(UDP, proto="tcp", port_first=80, port_last=None, group="spare")),
        ("vip-add", "already exists", [("proto", "any"), ("addr", "2001:db8:f::80"), ("group", "web")]),
        ("vip-add", "ports 5005-6000 partly overlap ports 5000-5010", with_(UDP, port_first=5005, port_last=6000, group="web")),
        ("vip-add", "ports 4000-5000 partly overlap", with_(UDP, proto="any", port_first=4000, port_last=5000, group="web")),
        ("vip-add", "local address of link l1", with_(VIP, addr="10.1.1.4", group="web")),
        ("vip-add", "local address of link l1", with_(VIP, addr="2001:db8:a:11::1", group="web")),
        ("vip-add", "next hop (via) of link l1", with_(VIP, addr="100.64.1.17", group="web")),
        ("vip-set", "VIP with this protocol, address and ports does not exist", VIP + [("group", "spare")]),
        ("vip-set", "group no does not exist", UDP + [("group", "no")]),
        ("vip-set", "nothing to change", UDP),
        ("vip-set", "mark 0x110 has bits outside of its mask 0xff", UDP + [("mark", 0x110), ("mark-mask", 0xff)]),
        ("vip-add", "mark 0x1 has bits outside of its mask 0x0", VIP + [("group", "web"), ("mark", 1), ("mark-mask", 0)]),
        ("vip-set", "mark-mask is given without mark", UDP + [("mark-mask", 0xff)]),
        ("vip-get", "VIP with this protocol, address and ports does not exist", VIP),
        ("vip-del", "VIP with this protocol, address and ports does not exist", VIP),
        ("vip-del", "VIP with this protocol, address and ports does not exist", with_(UDP, port_last=5009)),
        ("vip-del", "VIP with this protocol, address and ports does not exist", with_(UDP, port_last=None)),
        ("vip-del", "VIP with this protocol, address and ports does not exist", UDP[:2]),
        ("vip-del", "VIP with this protocol, address and ports does not exist", with_(UDP, proto="any")),
        *((command, text, words) for command in ("session-flush", "session-get") for text, words in (
            ("link no does not exist", with_(SESSION, return_link="no")),
            ("group no does not exist", with_(SESSION, group="no")),
            ("invalid protocol 1 ", with_(SESSION, proto=1)),
            ("a different address family", with_(SESSION, vip="2001:db8:f::80")),
            ("address of the client", with_(SESSION, client="224.0.0.1")),
            ("4 or 16 bytes, not 3", with_(SESSION, local=b"abc")))),
        ("explain-get", "link no does not exist", with_(EXPLAIN, ingress_link="no")),
        ("explain-get", "invalid protocol 1 ", with_(EXPLAIN, proto=1)),
        ("explain-get", "invalid protocol 0 ", with_(EXPLAIN, proto="any")),
        ("explain-get", "different families", with_(EXPLAIN, client="2001:db8:c::1")),
        ("explain-get", "4 or 16 bytes, not 5", with_(EXPLAIN, vip=b"12345")),
        *(("vip-" + command, "client-address %s is not for VIPs of %s, only for %s" % (mode, proto, only),
           key + ([("group", "web")] if command == "add" else []) + [("client-address", number)])
          for number, mode, only in ((2, "proxy-v2", "tcp and udp"), (3, "toa", "tcp")) for proto, command, key in (
              ("udp", "add", with_(VIP, proto="udp")), ("udp", "set", UDP), ("any", "add", with_(VIP, proto="any")),
              ("any", "set", ANY), ("sctp", "add", with_(VIP, proto="sctp")), ("sctp", "set", SCTP))
          if (mode, proto) != ("proxy-v2", "udp")),
        *(("group-set", "client-address %s is not for VIPs of sctp, only for %s" % (mode, only),
           [("name", LONG), ("client-address", number)])
          for number, mode, only in ((1, "proxy-v2", "tcp and udp"), (2, "toa", "tcp"))),
        ("group-set", "client-address proxy-v2 is not for VIPs of any", [("name", "web"), ("client-address", 1)]),
        ("group-set", "client-address toa is not for VIPs of", [("name", "web"), ("min-healthy", 3), ("client-address", 2)]),
        ("group-set", "a name is changed alone", [("name", "web"), ("new-name", "x"), ("client-address", 0)]),
        ("vip-add", "client-address toa is not for VIPs of udp", with_(VIP, proto="udp", group="slow")),
        ("vip-add", "client-address toa is not for VIPs of any", with_(VIP, proto="any", group="slow", client_address=0)),
        ("vip-set", "client-address toa is not for VIPs of udp", UDP + [("group", "slow")]),
        ("vip-set", "client-address toa is not for VIPs of any", ANY + [("group", "slow"), ("client-address", 0)]),
        ("vip-set", "client-address proxy-v2 is not for VIPs of sctp", SCTP + [("group", "slow"), ("client-address", 2)]),
        ("setting-set", "nothing to change", []),
        ("setting-set", "first local port, 3001, is above the last, 3000", with_(SETTING, port_first=3001)),
        ("setting-set", "first local port, 1024, is above the last, 1023", [("port-last", 1023)]),
    ],
    "slb_relay":
    bad_names("balancer-add", [("name", "x")]) + bad_names("link-add", RETURN) +
    bad_names("link-add", RETURN, "balancer") + bad_names("balancer-del", [("name", "x")]) +
    bad_hosts("vip-add", "the address of the VIP " + ROUTED, VIP, "addr") +
    bad_routed("vip-add", "the address of the VIP " + ROUTED, VIP, "addr") +
    bad_hosts("flow-get", "unicast address", FLOW, "client") +
    bad_ranges("link-add", "range", RETURN, "return") + bad_vias("link-add", RETURN) +
    bad_kinds("link-add", RETURN, "return") +
    ports("vip-add", "port 0", "below the first", "without the first", VIP) +
    ports("vip-del", "port 0", "below the first", "without the first", UDP) + [
        ("device-add", "invalid device name", [("dev", "a/b")]),
        ("device-add", "a loopback device", [("dev", "lo")]),
        ("device-set", "device dx has no settings", [("dev", "dx"), ("xdp", 1)]),
        ("device-get", "device dx has no settings", [("dev", "dx")]),
        ("device-del", "device dx has no settings", [("dev", "dx")]),
        ("balancer-add", "balancer b1 already exists", [("name", "b1")]),
        ("balancer-set", "balancer no does not exist", [("name", "no"), ("weight", 1)]),
        ("balancer-set", "nothing to change", [("name", "b1")]),
        ("balancer-set", "balancer b1 cannot be its own heir", [("name", "b1"), ("heir", "b1")]),
        ("balancer-set", "balancer no does not exist", [("name", "b1"), ("heir", "no")]),
        ("balancer-add", "balancer bz cannot be its own heir", [("name", "bz"), ("heir", "bz")]),
        ("balancer-add", "balancer no does not exist", [("name", "bz"), ("heir", "no")]),
        ("balancer-get", "balancer no does not exist", [("name", "no")]),
        ("balancer-del", "balancer no does not exist", [("name", "no")]),
        ("link-add", "balancer no does not exist", with_(RETURN, balancer="no")),
        ("link-add", "b1 already has l1", with_(RETURN, balancer="b1", name="l1")),
        ("link-add", "own next hop", with_(RETURN, via4="10.1.9.4")),
        ("link-add", "own next hop", with_(RETURN, via6="2001:db8:a:19::1")),
        ("link-set", "own next hop", [("balancer", "b1"), ("name", "l1"), ("via4", "10.1.1.1")]),
        ("link-add", "dev and via of b1 l1", with_(RETURN, dev="d1", via4="100.64.1.18")),
        ("link-add", "dev and via of b1 l1", with_(RETURN, dev="d1", via6="2001:db8:b:11::2")),
        ("link-add", "overlaps b1 l1", with_(RETURN, return4_first="10.1.1.4")),
        ("link-add", "overlaps b1 l1", with_(RETURN, return6_first="2001:db8:a:11::",
                                             return6_last="2001:db8:a:11::ffff")),
        ("link-set", "overlaps b1 l1", [("balancer", "b2"), ("name", "l1"), ("return4-first", "10.1.1.2")]),
        ("link-add", "return has via: b1 l1", with_(RETURN, return4_first="100.64.1.18", return4_last=None)),
        ("link-add", "via in return: b1 l1", with_(RETURN, via4="10.1.1.3")),
        ("link-add", "has VIP", with_(RETURN, return4_first="203.0.113.1", return4_last="203.0.113.254")),
        ("link-add", "is VIP", with_(RETURN, via4="203.0.113.80")),
        ("link-add", "has VIP", with_(RETURN, return6_first="2001:db8:f::80", return6_last=None)),
        ("link-add", "invalid device name", with_(RETURN, dev="a/b")),
        ("link-add", "invalid device name", with_(RETURN, dev=".")),
        ("link-add", "invalid device name", with_(RETURN, dev="")),
        ("link-add", "of at least one family", RETURN[:3]),
        ("link-add", "of the same family", RETURN[:6] + [("via6", "2001:db8::1")]),
        ("link-set", "nothing to change", [("balancer", "b1"), ("name", "l1")]),
        ("link-set", "no link no at b1", [("balancer", "b1"), ("name", "no"), ("weight", 1)]),
        ("link-get", "no link no at b1", [("balancer", "b1"), ("name", "no")]),
        ("link-del", "no link l2 at b2", [("balancer", "b2"), ("name", "l2")]),
        ("link-del", "balancer no does not exist", [("balancer", "no"), ("name", "l1")]),
        ("vip-add", "must have 4 or 16 bytes", with_(VIP, addr=b"12345")),
        ("vip-add", "invalid protocol 58 (valid", with_(VIP, proto=58)),
        ("vip-add", "already exists", UDP),
        ("vip-add", "already exists", [("proto", "any"), ("addr", "2001:db8:f::80")]),
        ("vip-add", "partly overlaps VIP udp 203.0.113.80:5000-5010", with_(UDP, port_first=5010, port_last=5020)),
        ("vip-add", "in return of b1 l1", with_(VIP, addr="10.1.1.2")),
        ("vip-add", "is via of b1 l1", with_(VIP, addr="100.64.1.18")),
        ("vip-get", "VIP tcp 203.0.113.80:90-99 does not exist", VIP),
        ("vip-del", "VIP tcp 203.0.113.80:90-99 does not exist", VIP),
        ("vip-del", "VIP udp 203.0.113.80:5000 does not exist", with_(UDP, port_last=None)),
        ("vip-del", "VIP any 203.0.113.80 does not exist", [("proto", "any"), ("addr", "203.0.113.80")]),
        ("balancer-add", "balancer %s already exists" % LONG, [("name", LONG)]),
        ("link-add", "%s already has %s" % (LONG, LONG), with_(RETURN, balancer=LONG, name=LONG)),
        ("link-add", "dev and via of %s %s" % (LONG, LONG), with_(RETURN, dev="a-device-of-15x", via4="100.64.1.98")),
        ("link-add", "overlaps %s %s" % (LONG, LONG), with_(RETURN, return4_first="10.1.3.4")),
        ("link-add", "return has via: %s %s" % (LONG, LONG), with_(RETURN, return4_first="100.64.1.98",
                                                             return4_last=None)),
        ("link-add", "via in return: %s %s" % (LONG, LONG), with_(RETURN, via4="10.1.3.4")),
        ("link-add", "via is VIP sctp [%s]:50000-60000" % LONGEST, with_(RETURN, via6=LONGEST)),
        ("link-add", "has VIP sctp [%s]:50000-60000" % LONGEST, with_(RETURN, return6_first=LONGEST,
                                                                     return6_last=None)),
        ("link-del", "no link x%s at %s" % (LONG[1:], LONG), [("balancer", LONG), ("name", "x" + LONG[1:])]),
        ("vip-add", "VIP sctp [%s]:50000-60000 already exists" % LONGEST,
         [("proto", "sctp"), ("addr", LONGEST), ("port-first", 50000), ("port-last", 60000)]),
        ("vip-add", "partly overlaps VIP sctp [%s]:50000-60000" % LONGEST,
         [("proto", "sctp"), ("addr", LONGEST), ("port-first", 50001), ("port-last", 65535)]),
        ("vip-add", "in return of %s %s" % (LONG, LONG), with_(VIP, addr="10.1.3.1")),
        ("vip-add", "is via of %s %s" % (LONG, LONG), with_(VIP, addr="100.64.1.98")),
        ("flow-get", "no VIP has this", with_(FLOW, vip_port=81)),
        ("flow-get", "no VIP has this", with_(FLOW, vip="203.0.113.99")),
        ("flow-get", "TCP, UDP or SCTP", with_(FLOW, proto="any")),
        ("flow-get", "different families", with_(FLOW, client="2001:db8:c::1")),
        ("flow-get", "must have 4 or 16 bytes", with_(FLOW, client=b"12345")),
        ("flow-add", "no VIP has this", with_(TOLD, vip_port=81)),
        ("flow-add", "TCP, UDP or SCTP", with_(TOLD, proto="any")),
        ("flow-add", "different families", with_(TOLD, client="2001:db8:c::1")),
        ("flow-add", "balancer no does not exist", with_(TOLD, balancer="no")),
        ("flow-add", "one of another protocol", with_(TOLD, state=1)),
        ("flow-add", "has expired", with_(TOLD, idle=0xffffffff)),
        ("flow-flush", "TCP, UDP or SCTP", with_(FLOW, proto=1)),
        ("flow-flush", "unicast address", with_(FLOW, client="224.0.0.1")),
        ("flow-flush", "different families", with_(FLOW, vip="2001:db8:f::80")),
        ("flow-flush", "must have 4 or 16 bytes", with_(FLOW, vip=b"abc")),
        ("flow-flush", "balancer no does not exist", FLOW + [("balancer", "no")]),
        ("flow-flush", "link no does not exist", FLOW + [("link", "no")]),
        ("flow-flush", "link l9 does not exist", [("balancer", "b1"), ("link", "l9")]),
        ("setting-set", "nothing to change", []),
    ],
}
