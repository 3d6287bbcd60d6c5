# SPDX-License-Identifier: GPL-2.0-only
"""Checks packets that the benchmark has kept: headers, addresses, checksums, one for each flow."""
import ipaddress
import struct

PAYLOAD = 0x5a
CLIENTS = ("198.51.100.1", "2001:db8:c::1")
CLIENT_SIDE, SERVER_SIDE = "020000000101", "020000000211"
UNTOUCHED = 64
UDP, TCP = 17, 6


class Wrong(Exception):
    """What is wrong with a packet."""


def packets(path):
    """Yield the packets of a capture file of this machine's byte order."""
    with open(path, "rb") as file:
        data = file.read()
    at = 24
    while at + 16 <= len(data):
        kept = struct.unpack_from("=8xI", data, at)[0]
        yield data[at + 16:at + 16 + kept]
        at += 16 + kept


def checksum(data):
    """Return the Internet checksum; 0 for data that has a right one in it."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def network(data):
    """Return source, destination, hops, protocol, pseudo header and what is in it, of an IP packet."""
    if data[0] >> 4 == 4:
        size = (data[0] & 15) * 4
        total, hops, proto = struct.unpack_from("!2xH4xBB", data)
        if checksum(data[:size]):
            raise Wrong("the IP checksum is wrong")
        addresses = data[12:20]
    else:
        size = 40
        length, proto, hops = struct.unpack_from("!4xHBB", data)
        total = size + length
        addresses = data[8:40]
    if total != len(data):
        raise Wrong("the length is %d, not %d" % (total, len(data)))
    half = len(addresses) // 2
    inner = data[size:]
    pseudo = addresses + struct.pack("!IHH", len(inner), 0, proto)
    source, destination = (str(ipaddress.ip_address(addresses[i:i + half])) for i in (0, half))
    return source, destination, hops, proto, pseudo, inner


def transport(proto, pseudo, data, summed):
    """Check a UDP or TCP header and payload; return the ports."""
    size = 8 if proto == UDP else (data[12] >> 4) * 4
    stored = struct.unpack_from("!H", data, 6 if proto == UDP else 16)[0]
    if proto == UDP and struct.unpack_from("!H", data, 4)[0] != len(data):
        raise Wrong("the UDP length is wrong")
    if proto == UDP and not stored:
        if summed:
            raise Wrong("the UDP checksum is gone")
    elif checksum(pseudo + data):
        raise Wrong("the transport checksum is wrong")
    if any(byte != PAYLOAD for byte in data[size:]):
        raise Wrong("the payload has changed")
    return struct.unpack_from("!HH", data)


def look(packet, family, proto, want, summed):
    """Check one packet; return what tells its flow from others."""
    if packet[12:14] != (b"\x08\x00" if family == 4 else b"\x86\xdd"):
        raise Wrong("it is of another family")
    source, destination, hops, number, pseudo, inner = network(packet[14:])
    if number != (UDP if proto == "udp" else TCP):
        raise Wrong("it is of another protocol")
    ports = transport(number, pseudo, inner, summed)
    got = (source, str(ports[0]), destination, str(ports[1]), str(hops))
    for have, wanted in zip(got, want.split(",")):
        if wanted not in ("flow", have):
            raise Wrong("%s, not %s" % (",".join(got), want))
    mac = CLIENT_SIDE if destination in CLIENTS else SERVER_SIDE
    # what is only redirected keeps the one that it came with
    if packet[:6].hex() != mac and hops != UNTOUCHED:
        raise Wrong("it goes to %s, not %s" % (packet[:6].hex(), mac))
    return got


def check(path, family, proto, want, count, summed=True):
    """Check a capture; return what is wrong with it, or None."""
    flows = set()
    seen = 0
    for packet in packets(path):
        seen += 1
        try:
            flows.add(look(packet, family, proto, want, summed))
        except Wrong as wrong:
            return "packet %d: %s" % (seen, wrong)
    if seen != count:
        return "%d packets, not %d" % (seen, count)
    if len(flows) != count:
        return "%d flows, not %d" % (len(flows), count)
    return None
