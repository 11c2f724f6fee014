"""A tunnel between two network namespaces, as a VPN's program makes it: a TUN in each, and this carries packets across.

Usage: tun-tunnel.py NAMESPACE INTERFACE NAMESPACE INTERFACE. Prints `ready`. The interfaces are there while it runs. Super-packets
cross whole, as they do in WireGuard or GRE up to the wire. Python, because Node cannot change its namespace.
"""

import ctypes
import fcntl
import os
import select
import struct
import sys

CLONE_NEWNET = 0x40000000
TUNSETIFF, TUNSETOFFLOAD = 0x400454CA, 0x400454D0
IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 0x0001, 0x1000, 0x4000
TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6 = 0x01, 0x02, 0x04
LARGEST = 1 << 17
libc = ctypes.CDLL(None, use_errno=True)


def open_tun(namespace, name):
    with open(f"/run/netns/{namespace}") as place:
        if libc.setns(place.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"Cannot enter {namespace}")
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
    fcntl.ioctl(tun, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6)
    return tun


def carry(source, target):
    try:
        packet = os.read(source, LARGEST)
    except OSError:  # the interface is down
        return
    try:
        os.write(target, packet)
    except OSError:  # likewise, or the kernel does not like the packet
        pass


ends = [open_tun(*sys.argv[at : at + 2]) for at in (1, 3)]
print("ready", flush=True)
while True:
    for ready in select.select(ends, [], [])[0]:
        carry(ready, ends[1 - ends.index(ready)])
