"""Opens flows without an end at a steady rate: each is one echo request with an identifier of its own.

Usage: churn.py INTERFACE PER_SECOND NAME. From addresses that it gives the interface, so many that no client comes near
its limits. An echo's flow is forgotten a minute after it was answered, so that as many end as begin.
"""

import itertools
import os
import socket
import struct
import subprocess
import sys
import time

interface, rate, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
SOURCES = {
    socket.AF_INET: [f"10.64.0.{host}" for host in range(80, 112)],
    socket.AF_INET6: [f"fd00:64::{host}" for host in range(80, 112)],
}
REQUEST = {socket.AF_INET: 8, socket.AF_INET6: 128}
PROTOCOL = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}
BURSTS_A_SECOND = 20
RENEW_S = 10


def checksum(message):
    total = sum(struct.unpack(f">{len(message) // 2}H", message))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def request(family, identifier):
    bare = struct.pack(">BBHHH", REQUEST[family], 0, 0, identifier, 1)
    # Of ICMPv6 the kernel makes the checksum.
    return bare if family == socket.AF_INET6 else bare[:2] + struct.pack(">H", checksum(bare)) + bare[4:]


def open_sockets():
    for family, addresses in SOURCES.items():
        for address in addresses:
            length, flags = ("24", []) if family == socket.AF_INET else ("64", ["nodad"])
            subprocess.run(["ip", "address", "replace", f"{address}/{length}", "dev", interface, *flags], check=True)
            sender = socket.socket(family, socket.SOCK_RAW, PROTOCOL[family])
            # Nobody reads the answers.
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
            sender.bind((address, 0))
            yield family, sender


senders = itertools.cycle(sorted(open_sockets(), key=lambda one: one[1].getsockname()[0][-2:]))
numbers = itertools.cycle(range(65536))
targets, renewed = {}, 0
while os.getppid() != 1:
    if time.monotonic() - renewed > RENEW_S:
        renewed = time.monotonic()
        for family in SOURCES:
            try:
                targets[family] = socket.getaddrinfo(name, None, family)[0][4][0]
            except OSError:
                pass
    for family, sender in itertools.islice(senders, rate // BURSTS_A_SECOND):
        try:
            sender.sendto(request(family, next(numbers)), (targets[family], 0))
        except (OSError, KeyError):
            pass
    time.sleep(1 / BURSTS_A_SECOND)
