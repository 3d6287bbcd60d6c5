# SPDX-License-Identifier: GPL-2.0-only
"""Raw generic netlink: messages made byte by byte, right or wrong, and the kernel's answer to each.

    genl = Genl("slb")
    answer = genl.do("link-add", [("name", "l1"), ("dev", "eth1")])
    answer.errno, answer.text, answer.attr, answer.missing, answer.messages
    answer = genl.dump("link-get")
    genl.decode(answer.messages[0])
"""

import errno as errnos
import os
import socket
import struct
import time

import nlspec

NETLINK_GENERIC, SOL_NETLINK = 16, 270
NETLINK_ADD_MEMBERSHIP, NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK = 1, 10, 11, 12
NLMSG_ERROR, NLMSG_DONE, GENL_ID_CTRL = 2, 3, 16
NLM_F_REQUEST, NLM_F_ACK, NLM_F_ECHO, NLM_F_DUMP, NLM_F_DUMP_INTR = 1, 4, 8, 0x300, 0x10
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
NLA_F_NESTED, NLA_F_NET_BYTEORDER = 0x8000, 0x4000
HEADERS = 20    # bytes of nlmsghdr and genlmsghdr
PROTO = {"any": 0, "tcp": 6, "udp": 17, "sctp": 132}


def attribute(kind, payload, length=None):
    """An attribute; with a length, one that lies about it."""
    length = 4 + len(payload) if length is None else length
    return struct.pack("=HH", length, kind) + payload + bytes(-len(payload) % 4)


def attributes(data):
    """(type, payload) of each attribute."""
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4:
            return
        yield kind & 0x3fff, data[at + 4:at + length]
        at += (length + 3) & ~3


def payload(attr, value):
    """The bytes of a value, written as people write it."""
    if isinstance(value, bytes):
        return value
    if attr.type == "string":
        return value.encode() + b"\0"
    if attr.type == "binary":
        family = socket.AF_INET6 if ":" in value else socket.AF_INET
        return socket.inet_pton(family, value)
    if attr.name == "proto" and value in PROTO:
        value = PROTO[value]
    return int(value).to_bytes(attr.width, "little")


# Attributes that tell how long something has been so, or will be.
MOVING = ("since", "last-down-since", "health-since", "deadline-left", "age", "expires", "idle", "away-since", "no-answer",
          "no-answer-since")
# What follows from other objects, a moment later.
LATE = {"vip": ("usable", "why"), "status": ("vips-unusable", "vips-untold", "vip-sets")}


class Answer:
    """What the kernel said: .errno and .text, the attribute at fault, and messages."""

    def __init__(self):
        self.errno = 0
        self.text = ""
        self.offset = None      # of the attribute at fault, in bytes from the start of the message
        self.missing = None
        self.interrupted = False
        self.messages = []

    def __str__(self):
        name = errnos.errorcode.get(self.errno, "none") if self.errno else "none"
        return 'error %s, text "%s", offset %s, missing %s' % (name, self.text, self.offset, self.missing)

    def read_error(self, data, flags, skip):
        self.errno = -struct.unpack_from("=i", data)[0]
        if not flags & NLM_F_ACK_TLVS:
            return
        for kind, value in attributes(data[skip:]):
            if kind == 1:
                self.text = value.rstrip(b"\0").decode()
            elif kind == 2:
                self.offset = struct.unpack("=I", value)[0]
            elif kind == 5:
                self.missing = struct.unpack("=I", value)[0]


class Genl:
    """A socket, and a family with its specification."""

    def __init__(self, family, receive_buffer=None, room=65536):
        self.spec = nlspec.load(family)
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.socket.bind((0, 0))
        for option in NETLINK_EXT_ACK, NETLINK_CAP_ACK:
            self.socket.setsockopt(SOL_NETLINK, option, 1)
        self.sequence = 0
        # for what is received at a time: the kernel learns it from what was received before
        self.room = room
        self.pause = 0          # seconds before each piece is read: a slow reader
        self.id, self.groups = self.find(family)
        # what the kernel tells of a family may not fit into a small one
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)

    def find(self, family):
        answer = self.send(GENL_ID_CTRL, 3, attribute(2, family.encode() + b"\0"))
        if answer.errno:
            raise OSError(answer.errno, os.strerror(answer.errno), family)
        found, groups = 0, {}
        for kind, value in attributes(answer.messages[0][1]):
            if kind == 1:
                found = struct.unpack("=H", value)[0]
            if kind == 7:
                for _, group in attributes(value):
                    entry = dict(attributes(group))
                    groups[entry[1].rstrip(b"\0").decode()] = struct.unpack("=I", entry[2])[0]
        return found, groups

    def send(self, kind, command, body, flags=NLM_F_REQUEST | NLM_F_ACK, version=1, reserved=0):
        """One message, and all of the answer."""
        self.post(kind, command, body, flags, version, reserved)
        return self.receive()

    def post(self, kind, command, body, flags, version=1, reserved=0):
        self.sequence += 1
        data = struct.pack("=BBH", command, version, reserved) + body
        self.socket.send(struct.pack("=IHHII", 16 + len(data), kind, flags, self.sequence, 0) + data)

    def receive(self):
        answer = Answer()
        while not self.read(self.socket.recv(self.room), answer):
            time.sleep(self.pause)
        return answer

    def read(self, data, answer):
        """True when the answer is complete."""
        at = 0
        while at + 16 <= len(data):
            length, kind, flags, sequence, _ = struct.unpack_from("=IHHII", data, at)
            body = data[at + 16:at + length]
            at += (length + 3) & ~3
            if sequence != self.sequence:
                continue
            answer.interrupted |= bool(flags & NLM_F_DUMP_INTR)
            if kind == NLMSG_DONE:
                answer.read_error(body, flags, 4)
                return True
            if kind == NLMSG_ERROR:
                skip = 20 if flags & NLM_F_CAPPED else 4 + struct.unpack_from("=I", body, 4)[0]
                answer.read_error(body, flags, skip)
                return True
            answer.messages.append((body[0], body[4:]))
        return False

    def encode(self, operation, values):
        """The bytes of (name, value) pairs of an operation."""
        known = self.spec.sets[self.spec.ops[operation].set]
        return b"".join(attribute(known[name].number | NLA_F_NESTED * known[name].request, payload(known[name], value))
                        for name, value in values)

    def do(self, operation, values=(), body=None):
        body = self.encode(operation, values) if body is None else body
        return self.send(self.id, self.spec.ops[operation].number, body)

    def dump(self, operation, values=(), body=None):
        body = self.encode(operation, values) if body is None else body
        return self.send(self.id, self.spec.ops[operation].number, body, NLM_F_REQUEST | NLM_F_DUMP)

    def raw_dump(self, operation):
        """All objects, as bytes."""
        answer = self.dump(operation)
        if answer.errno:
            raise OSError(answer.errno, answer.text)
        return answer.messages

    def decode(self, operation, message):
        """The attributes of an object, by name."""
        names = {a.number: a for a in self.spec.sets[self.spec.ops[operation].set].values()}
        values = {}
        for kind, value in attributes(message[1]):
            attr = names[kind]
            if attr.type == "string":
                values[attr.name] = value.rstrip(b"\0").decode()
            elif attr.type == "binary":
                values[attr.name] = socket.inet_ntop(
                    socket.AF_INET if len(value) == 4 else socket.AF_INET6, value)
            elif attr.type != "nest":
                values[attr.name] = int.from_bytes(value, "little")
        return values

    def still(self, op, messages):
        """Without what changes by itself: times, also those of next hops."""
        return [(command, self.still_attributes(op.set, body)) for command, body in messages]

    def still_attributes(self, name, body):
        known = self.spec.sets[name]
        moving = {known[name].number for name in MOVING + LATE.get(name, ()) if name in known}
        nests = {known[name].number: known[name].nested for name in ("next-hop",) if name in known}
        return [(number, self.still_attributes(nests[number], value) if number in nests else value)
                for number, value in attributes(body) if number not in moving]

    def snapshot(self):
        """Everything that can be asked for."""
        state = []
        for op in self.spec.ops.values():
            # records of sessions have their age
            if op.set == "sync":
                continue
            if op.dump is not None:
                state.append((op.name, self.still(op, self.raw_dump(op.name))))
            elif op.do == [] and not op.admin and not op.event:
                state.append((op.name, self.still(op, self.do(op.name).messages)))
        return state
