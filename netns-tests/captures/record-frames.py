"""Records what arrives at an interface from the other side, with its virtio-net headers, until a signal ends it.

Usage: record-frames.py INTERFACE FILE. On a TUN that is what the kernel hands to its reader. The file is a pcap of link
type USER0: a virtio-net header of 10 bytes as in a slot (offsets count from the IP packet), an EtherType, the packet.
Prints `ready` when it listens. Python, because tcpdump keeps no virtio-net headers.
"""

import signal
import socket
import struct
import sys

SOL_PACKET, PACKET_VNET_HDR, USER0 = 263, 15, 147
ETHERNET_BYTES, VNET_BYTES = 14, 10
MOST_PACKETS = 2000

interface, path = sys.argv[1:]
is_tun = interface.startswith("syngate")
link_bytes = 0 if is_tun else ETHERNET_BYTES
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
tap.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
tap.bind((interface, 0))


def moved(header):
    flags, kind, header_bytes, size, start, offset = struct.unpack("<BBHHHH", header)
    start = start - link_bytes if flags & 1 else start
    return struct.pack("<BBHHHH", flags, kind, max(0, header_bytes - link_bytes), size, start, offset)


with open(path, "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0x40000, USER0))
    print("ready", flush=True)
    for count in range(MOST_PACKETS):
        frame, address = tap.recvfrom(70000)
        if (address[2] == socket.PACKET_OUTGOING) != is_tun:
            continue
        record = moved(frame[:VNET_BYTES]) + struct.pack("!H", address[1]) + frame[VNET_BYTES + link_bytes :]
        out.write(struct.pack("<IIII", 0, count, len(record), len(record)) + record)
        out.flush()
