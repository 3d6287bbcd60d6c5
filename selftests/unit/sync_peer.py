#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A peer of slb-syncd that does not do what it should.

sync_peer.py FROM TO PORT HOW [NAME]: connects from one address to another one, does HOW, and prints what came, a
message a line, until the connection ends or the input does.

    stranger    says nothing
    silent      says hello, and nothing afterwards
    slow        says hello, and that it lives, but acknowledges nothing
    version     says hello with another version of the protocol
    records     says hello with another version of records
    garbage     sends bytes that are no message
    length      says hello, and sends a message of 4 GiB
    early       sends records before hello
    ranges      says hello with a range that ends before it begins
    skip        says hello, begins a bulk, and leaves a message out
    bulks       says hello, and begins and ends bulks without end
    wants       says hello, and asks for bulks without end, and lives on
    acks        says hello, and acknowledges what was never sent
    name        says hello with another name
    rival       says hello with the local address of TO
"""
import os
import select
import socket
import struct
import sys

HELLO, BEGIN, RECORDS, END, ACK, ALIVE, WANT, REFUSE = range(1, 9)
NAMES = ['?', 'hello', 'begin', 'records', 'end', 'ack', 'alive', 'want', 'refuse']
RECORD = 96


def message(kind, number=0, body=b''):
    """A message as bytes."""
    return struct.pack('!IB3xI', 12 + len(body), kind, number) + body


def address(text):
    """An IPv4 address in a field for both families."""
    return socket.inet_aton(text) + bytes(12)


def hello(name, protocol=1, records=1, first='10.9.9.9', last='10.9.9.9', adopted='10.1.1.1'):
    """A hello of a peer that adopts the sessions of the other end."""
    own = struct.pack('!B3x', 4) + address(first) + address(last)
    other = struct.pack('!B3x', 4) + address(adopted) + address(adopted)
    body = struct.pack('!IHHHBBII32s', 0x534c4253, protocol, records, RECORD, 1, 1, 0, 0, name.encode())
    return message(HELLO, 0, body + own + other)


def first_words(how, name):
    """What is sent at first."""
    words = {
        'stranger': b'',
        'silent': hello(name),
        'slow': hello(name),
        'version': hello(name, protocol=2),
        'records': hello(name, records=7),
        'garbage': b'GET / HTTP/1.0\r\n\r\n',
        'length': hello(name) + struct.pack('!IB3xI', 0xfffffffc, RECORDS, 1),
        'early': message(RECORDS, 1, bytes(RECORD)),
        'ranges': hello(name, first='10.9.9.9', last='10.9.9.8'),
        'skip': hello(name) + message(BEGIN, 1) + message(END, 3, bytes(4)),
        'bulks': hello(name) + b''.join(message(BEGIN, 2 * i + 1) + message(END, 2 * i + 2, bytes(4)) for i in range(1000)),
        'wants': hello(name) + 10000 * message(WANT),
        'acks': hello(name) + message(ACK, 1000, bytes(8)),
        'name': hello('other'),
        'rival': hello(name, first='10.1.1.0', last='10.1.1.255'),
    }
    return words[how]


def show(data):
    """Print whole messages; what is left of the bytes."""
    while len(data) >= 12:
        size, kind, number = struct.unpack('!IB3xI', data[:12])
        if len(data) < size:
            break
        text = data[12:size].rstrip(b'\0').decode() if kind == REFUSE else number
        print(NAMES[kind] if kind < len(NAMES) else kind, text, flush=True)
        data = data[size:]
    return data


def run(end, how):
    """Receive until an end; a slow peer shows that it lives."""
    data = b''
    while True:
        ready = select.select([end, sys.stdin], [], [], 0.5)[0]
        if sys.stdin in ready and not os.read(0, 100):
            return
        if how in ('slow', 'wants'):
            end.sendall(message(ALIVE, 0, bytes(4)))
        if end in ready:
            got = end.recv(65536)
            if not got:
                break
            data = show(data + got)
    print('closed', flush=True)


def main():
    """Be the peer."""
    source, target, port, how = sys.argv[1:5]
    name = sys.argv[5] if len(sys.argv) > 5 else 'p'
    end = socket.create_connection((target, int(port)), 5, (source, 0))
    end.settimeout(5)
    try:
        end.sendall(first_words(how, name))
        run(end, how)
    except OSError as err:
        print('closed', err.strerror or err, flush=True)


main()
