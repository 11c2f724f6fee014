"""Sends some of the frames that leave an interface again: at once, after others, or with a few bytes changed.

Usage: meddle.py INTERFACE SEED. Until a signal ends it. Frames whose checksum the kernel has left to the card go as
they are, so that some copies are damaged by that alone.
"""

import random
import socket
import sys

MOST_BYTES = 1514
SHARE = 0.05
MOST_LATE = 20

draw = random.Random(int(sys.argv[2]))
tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
tap.bind((sys.argv[1], 0))
own, late = set(), []


def damaged(frame):
    changed = bytearray(frame)
    for _ in range(draw.randint(1, 4)):
        changed[draw.randrange(14, len(changed))] = draw.randrange(256)
    return bytes(changed[: draw.randint(15, len(changed))] if draw.random() < 0.3 else changed)


def send(frame):
    own.add(frame)
    try:
        tap.send(frame)
    except OSError:
        own.discard(frame)


while True:
    frame, address = tap.recvfrom(65536)
    if frame in own:
        own.discard(frame)
        continue
    if address[2] != socket.PACKET_OUTGOING or not 34 <= len(frame) <= MOST_BYTES or draw.random() > SHARE:
        continue
    how = draw.choice(("twice", "late", "damaged"))
    if how == "late":
        late.append(frame)
    else:
        send(frame if how == "twice" else damaged(frame))
    if len(late) > draw.randrange(MOST_LATE):
        send(late.pop(draw.randrange(len(late))))
    if len(own) > 1000:
        own.clear()
