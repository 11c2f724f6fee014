/**
 * Mutations of captured packets: of bits, bytes, fields and lengths; cut, lengthened, spliced with another; of their
 * virtio-net headers. Lengths and checksums are made right again now and then, so that what is wrong is found deeper down.
 */
import type { Draw } from '../support/draw.ts';
import { fixChecksums } from './fix-checksums.ts';
import { findPlaces, write16 } from './packet-places.ts';
import type { CapturedPacket } from './read-capture.ts';

const INTERESTING = [0, 1, 2, 7, 8, 19, 20, 21, 39, 40, 41, 63, 64, 0x7f, 0x80, 0xfe, 0xff];
const INTERESTING_16 = [0, 1, 7, 8, 20, 40, 60, 0x1fff, 0x2000, 0x4000, 0x7fff, 0x8000, 0xfffe, 0xffff];
const PROTOCOLS = [0, 1, 2, 4, 6, 17, 41, 43, 44, 50, 51, 58, 59, 60, 132, 135, 255];
const ETHER_TYPES = [0x0800, 0x86dd, 0x0806, 0x8100, 0x1234, 0];
/** Most of what a translator reads stands before this. */
const HEADERS = 96;
const LONGEST = 65_535;

/** Some of the packets, some of them damaged, doubled or out of order; at most `most`. */
export function mutateBatch(seeds: readonly CapturedPacket[], draw: Draw, most: number): CapturedPacket[] {
  const start = draw.below(seeds.length);
  const run = draw.chance(0.5)
    ? seeds.slice(start, start + 1 + draw.below(most))
    : draw.some(1 + draw.below(most), () => draw.one(seeds));
  const damaged = run.map((packet) => (draw.chance(0.6) ? mutate(packet, seeds, draw) : packet));
  const doubled = damaged.flatMap((packet) => (draw.chance(0.05) ? [packet, packet] : [packet]));
  return (draw.chance(0.2) ? draw.shuffle(doubled) : doubled).slice(0, most);
}

function mutate(seed: CapturedPacket, seeds: readonly CapturedPacket[], draw: Draw): CapturedPacket {
  let packet: Uint8Array = seed.packet.slice();
  for (let changes = 1 + draw.below(4); changes > 0; changes--) packet = change(packet, seeds, draw);
  if (draw.chance(0.4)) fixLengths(packet);
  if (draw.chance(0.6)) fixChecksums(packet);
  const vnet = draw.chance(0.1) ? changeVnet(seed.vnet, draw) : seed.vnet;
  return { vnet, etherType: draw.chance(0.03) ? draw.one(ETHER_TYPES) : seed.etherType, packet };
}

type Change = (packet: Uint8Array, draw: Draw, seeds: readonly CapturedPacket[]) => Uint8Array;

function change(packet: Uint8Array, seeds: readonly CapturedPacket[], draw: Draw): Uint8Array {
  return draw.one(CHANGES)(packet, draw, seeds).slice(0, LONGEST);
}

const CHANGES: readonly Change[] = [
  at((packet, place, draw) => {
    packet[place] = (packet[place] ?? 0) ^ (1 << draw.below(8));
  }),
  at((packet, place, draw) => {
    packet[place] = draw.below(256);
  }),
  at((packet, place, draw) => {
    packet[place] = draw.one(INTERESTING);
  }),
  at((packet, place, draw) => {
    if (place + 1 < packet.length) write16(packet, place, draw.one(INTERESTING_16));
  }),
  changeField,
  changeField,
  (packet, draw) => packet.slice(0, draw.below(packet.length + 1)),
  (packet, draw) => packet.slice(0, draw.below(Math.min(packet.length, HEADERS) + 1)),
  (packet, draw) => join(packet, Uint8Array.from(draw.some(draw.below(64), () => draw.below(256)))),
  (packet, draw) => {
    const place = draw.below(packet.length + 1);
    const inserted = Uint8Array.from(draw.some(1 + draw.below(16), () => draw.one(INTERESTING)));
    return join(packet.slice(0, place), inserted, packet.slice(place));
  },
  (packet, draw, seeds) => {
    const other = draw.one(seeds).packet;
    return join(packet.slice(0, draw.below(packet.length + 1)), other.slice(draw.below(other.length + 1)));
  },
];

function at(apply: (packet: Uint8Array, place: number, draw: Draw) => void): Change {
  return (packet, draw) => {
    const reach = draw.chance(0.9) ? Math.min(packet.length, HEADERS) : packet.length;
    if (reach > 0) apply(packet, draw.below(reach), draw);
    return packet;
  };
}

/** What the headers are read by: lengths, protocols, fragment offsets, addresses, ports, flags. */
function changeField(packet: Uint8Array, draw: Draw): Uint8Array {
  const places = findPlaces(packet);
  if (places === undefined) return packet;
  const { family, transportAt, sourceAt, destinationAt, addressBytes } = places;
  const length = packet.length;
  const near = () => Math.max(0, length - 45 + draw.below(50));
  const fields: readonly (() => void)[] = [
    () => write16(packet, family === 4 ? 2 : 4, draw.chance(0.5) ? near() : draw.one(INTERESTING_16)),
    () => {
      packet[family === 4 ? 9 : 6] = draw.one(PROTOCOLS);
    },
    () => {
      packet[0] = draw.below(256);
    },
    () => write16(packet, 6, draw.one([0x2000, 0x4000, draw.below(0x4000)])),
    () => {
      packet[family === 4 ? 8 : 7] = draw.one([0, 1, 255]);
    },
    () => packet.copyWithin(sourceAt, destinationAt, destinationAt + addressBytes),
    () => packet.copyWithin(destinationAt, sourceAt, sourceAt + addressBytes),
    () => {
      packet[sourceAt + draw.below(2 * addressBytes)] = draw.below(256);
    },
    () => write16(packet, transportAt + draw.below(2) * 2, draw.one(INTERESTING_16)),
    () => {
      packet[transportAt] = draw.below(20);
    },
    () => {
      packet[transportAt + 12] = draw.below(256);
    },
    () => {
      packet[transportAt + 13] = draw.below(256);
    },
    () => write16(packet, transportAt + 4, draw.one([...INTERESTING_16, near()])),
  ];
  draw.one(fields)();
  return packet.slice(0, length);
}

/** The IP length, and that of UDP, say what there is. */
function fixLengths(packet: Uint8Array): void {
  const places = findPlaces(packet);
  if (places === undefined) return;
  const { family, protocol, transportAt, fragmentOf } = places;
  if (family === 4) write16(packet, 2, packet.length);
  else write16(packet, 4, packet.length - 40);
  if (protocol === 17 && fragmentOf === undefined && transportAt + 6 <= packet.length)
    write16(packet, transportAt + 4, packet.length - transportAt);
}

function changeVnet(vnet: Uint8Array, draw: Draw): Uint8Array {
  const changed = vnet.slice();
  changed[draw.below(changed.length)] = draw.one(INTERESTING);
  return changed;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    joined.set(part, end);
    end += part.length;
  }
  return joined;
}
