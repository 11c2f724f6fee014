"""UDP in bursts that the kernel cuts into datagrams as late as it can (UDP_SEGMENT, UDP segmentation offload).

Usage: udp-segments.py serve PORT ADDRESS...   answers each whole burst with the same one; prints `ready`
       udp-segments.py ask PORT ADDRESS        sends bursts, and prints as JSON how many came back byte for byte
"""

import hashlib
import json
import os
import select
import socket
import sys
import time

SOL_UDP, UDP_SEGMENT = 17, 103
SEGMENT, SEGMENTS, BURSTS, TRIES = 1200, 24, 3, 4
HEAD = 9  # burst (8 bytes) and number of the segment
SECONDS = 2


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def cut(burst):
    return [burst[at : at + SEGMENT] for at in range(0, len(burst), SEGMENT)]


def make_burst():
    name = os.urandom(8)
    return b"".join(name + bytes([n]) + os.urandom(SEGMENT - HEAD) for n in range(SEGMENTS))


def take_whole(kept, datagram):
    """The burst that a datagram completes."""
    segments = kept.setdefault(datagram[:8], {})
    segments[datagram[8]] = datagram
    if len(segments) < SEGMENTS:
        return None
    return b"".join(datagram for _, datagram in sorted(kept.pop(datagram[:8]).items()))


def serve(port, addresses):
    listeners = []
    for address in addresses:
        listener = socket.socket(family_of(address), socket.SOCK_DGRAM)
        listener.setsockopt(SOL_UDP, UDP_SEGMENT, SEGMENT)
        listener.bind((address, port))
        listeners.append(listener)
    print("ready", flush=True)
    kept = {}
    while True:
        for listener in select.select(listeners, [], [])[0]:
            datagram, sender = listener.recvfrom(65535)
            burst = take_whole(kept, datagram)
            if burst is not None:
                listener.sendto(burst, sender)


def ask(port, address):
    flow = socket.socket(family_of(address), socket.SOCK_DGRAM)
    flow.setsockopt(SOL_UDP, UDP_SEGMENT, SEGMENT)
    flow.connect((address, port))
    print(json.dumps({"whole": sum(any(exchange(flow) for _ in range(TRIES)) for _ in range(BURSTS))}))


def exchange(flow):
    """A datagram of a burst may be lost, so a burst is tried again; what comes back is never another one."""
    burst, kept, until = make_burst(), {}, time.monotonic() + SECONDS
    flow.send(burst)
    while (left := until - time.monotonic()) > 0:
        flow.settimeout(left)
        try:
            datagram = flow.recv(65535)
        except socket.timeout:
            return False
        if datagram[:8] == burst[:8] and datagram not in cut(burst):
            raise SystemExit("other bytes came back: " + hashlib.sha256(datagram).hexdigest())
        answer = take_whole(kept, datagram)
        if answer == burst:
            return True
    return False


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]), sys.argv[3:])
else:
    ask(int(sys.argv[2]), sys.argv[3])
