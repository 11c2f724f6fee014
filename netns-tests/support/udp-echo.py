"""Answers every datagram with the address and port it came from and what it held: `ADDRESS PORT PAYLOAD`.

Usage: udp-echo.py PORT ADDRESS... Prints `ready` when it listens.
"""

import select
import socket
import sys

sockets = []
for address in sys.argv[2:]:
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind((address, int(sys.argv[1])))
    sockets.append(listener)
print("ready", flush=True)
while True:
    for listener in select.select(sockets, [], [])[0]:
        payload, sender = listener.recvfrom(65535)
        listener.sendto(b"%s %d " % (sender[0].encode(), sender[1]) + payload, sender)
