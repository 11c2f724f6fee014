"""Sends from many sockets, from each a short and a fragmented datagram to every target, and prints as JSON what answers.

Usage: udp-flows.py FLOWS PORT ADDRESS... The answers are those of udp-echo.py. For each socket: the distinct sources
that the targets saw, and how many of its datagrams were answered with their own payload.
"""

import json
import os
import socket
import sys

SECONDS = 3
BYTES = (16, 4000)

flows, port, targets = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
family = socket.AF_INET6 if ":" in targets[0] else socket.AF_INET


def ask(flow):
    wanted = {os.urandom(length).hex().encode() for target in targets for length in BYTES}
    for index, payload in enumerate(sorted(wanted)):
        flow.sendto(payload, (targets[index % len(targets)], port))
    return wanted


def hear(flow, wanted):
    sources, answered = set(), 0
    while answered < len(wanted):
        try:
            address, source_port, payload = flow.recv(65535).split(b" ", 2)
        except socket.timeout:
            break
        answered += payload in wanted
        sources.add("%s %s" % (address.decode(), source_port.decode()))
    return {"sources": sorted(sources), "answered": answered}


sockets = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(flows)]
for flow in sockets:
    flow.settimeout(SECONDS)
# One after the other: all at once they overflow what the hosts keep for a socket, or for a neighbour they look for.
print(json.dumps([hear(flow, ask(flow)) for flow in sockets]))
