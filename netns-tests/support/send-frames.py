"""Sends Ethernet frames as they are: one a line on standard input, in hexadecimal. Usage: send-frames.py INTERFACE

Python, because it has a packet socket of its own: what is under test must not also make the test's packets.
"""

import socket
import sys

with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
    sender.bind((sys.argv[1], 0))
    for line in sys.stdin:
        sender.send(bytes.fromhex(line))
