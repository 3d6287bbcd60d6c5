# SPDX-License-Identifier: GPL-2.0-only
"""Tap devices, and what they say about the kernel."""
import errno
import fcntl
import os
import struct

TUNSETIFF, TUNSETOFFLOAD = 0x400454CA, 0x400454D0
TAP, NO_PI, VNET_HDR = 0x0002, 0x1000, 0x4000
TUN_F_CSUM, TUN_F_USO4, TUN_F_USO6 = 0x01, 0x20, 0x40


def open_tap(name):
    """Open a tap that takes a Vnet before each frame; with an empty name, a new one."""
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH14x", name.encode(), TAP | NO_PI | VNET_HDR))
    return tap


def takes_udp_segments():
    """Does the kernel know Vnet.UDP_L4? Taps and packet sockets got it together, in Linux 6.2."""
    tap = open_tap("")
    try:
        fcntl.ioctl(tap, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_USO4 | TUN_F_USO6)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return False
    finally:
        os.close(tap)
    return True
