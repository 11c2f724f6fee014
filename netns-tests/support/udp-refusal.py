"""Sends one datagram and prints the error the kernel reports for it (RFC 1122 section 4.1.3.3), or `timeout`.

Usage: udp-refusal.py ADDRESS PORT. Python, because Node offers no IP_RECVERR, and without it Linux keeps most ICMP
errors from a UDP socket.
"""

import errno
import socket
import sys

SECONDS = 3
IP_RECVERR = 11
IPV6_RECVERR = 25

family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
with socket.socket(family, socket.SOCK_DGRAM) as probe:
    if family == socket.AF_INET:
        probe.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    else:
        probe.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
    probe.settimeout(SECONDS)
    probe.connect((sys.argv[1], int(sys.argv[2])))
    probe.send(b"syngate")
    try:
        print("answer", probe.recv(2048).hex())
    except socket.timeout:
        print("timeout")
    except OSError as error:
        print(errno.errorcode[error.errno])
