"""Sends Ethernet frames as they are: one a line on standard input, in hexadecimal.

Usage: send-frames.py INTERFACE [START OFFSET]. With numbers, the last checksum is left to who takes the frame: to be summed
from byte START of the frame, and written OFFSET bytes behind it (virtio_net_hdr in linux/virtio_net.h).

Python, because it has a packet socket of its own: what is under test must not also make the test's packets.
"""

import socket
import struct
import sys

SOL_PACKET = 263
PACKET_VNET_HDR = 15
NEEDS_CHECKSUM = 1

header = b""
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
    sender.bind((sys.argv[1], 0))
    if len(sys.argv) > 2:
        sender.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        header = struct.pack("<BBHHHH", NEEDS_CHECKSUM, 0, 0, 0, int(sys.argv[2]), int(sys.argv[3]))
    for line in sys.stdin:
        sender.send(header + bytes.fromhex(line))
