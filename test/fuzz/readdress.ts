/**
 * Lets a captured packet from the internet find the flow of another run: its destination, and what an error quotes,
 * become what the flow has outside now. Checksums go along (RFC 1624), a partial one with its addresses alone.
 */
import { addressBytes, addressText } from '../support/address-text.ts';
import { fixChecksums, fixHeaderChecksum } from './fix-checksums.ts';
import { findPlaces, ICMP, ICMPV6, type PacketPlaces, read16, TCP, UDP, write16 } from './packet-places.ts';
import type { CapturedPacket } from './read-capture.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What stands outside for a flow: by its protocol, where it went, and whom it seemed to come from when it was captured. */
export class OutsideBook {
  readonly #now = new Map<string, Endpoint>();
  /** Fragments behind the first one have no port to be told by. */
  readonly #ofFragments = new Map<string, Endpoint>();

  put(protocol: number, egress: Endpoint, real: Endpoint, now: Endpoint): void {
    this.#now.set(keyOf(protocol, egress, real), now);
  }

  find(protocol: number, egress: Endpoint, real: Endpoint): Endpoint | undefined {
    return this.#now.get(keyOf(protocol, egress, real));
  }

  /** The packet with another destination, or as it is when nobody here waits for it. */
  readdress(captured: CapturedPacket): CapturedPacket {
    const packet = captured.packet.slice();
    const places = findPlaces(packet);
    if (places !== undefined && isError(packet, places)) this.#readdressError(packet, places);
    else if (places !== undefined) this.#readdressPlain(packet, places, ((captured.vnet[0] ?? 0) & 1) !== 0);
    return { ...captured, packet };
  }

  #readdressPlain(packet: Uint8Array, places: PacketPlaces, partial: boolean): void {
    const { protocol, fragmentOf, isFirst } = places;
    const ends = isFirst ? readEnds(packet, places) : undefined;
    const found = ends && this.find(protocol, ends.destination, ends.source);
    const now = found ?? this.#ofFragments.get(fragmentOf ?? '');
    if (now === undefined) return;
    if (fragmentOf !== undefined) this.#ofFragments.set(fragmentOf, now);
    const before = packet.slice(places.destinationAt, places.destinationAt + places.addressBytes);
    packet.set(addressBytes(now.address), places.destinationAt);
    fixHeaderChecksum(packet);
    if (ends === undefined) return;
    const hasPseudoHeader = protocol !== ICMP;
    const addresses = hasPseudoHeader ? wordPairs(before, addressBytes(now.address)) : [];
    const portAt = places.transportAt + (isEcho(protocol) ? 4 : 2);
    const port = [[read16(packet, portAt), now.port] as const];
    write16(packet, portAt, now.port);
    const checksumAt = places.transportAt + checksumOffset(protocol);
    update(packet, checksumAt, partial ? addresses : [...addresses, ...port], partial);
  }

  #readdressError(packet: Uint8Array, places: PacketPlaces): void {
    const quoted = findPlaces(packet, places.transportAt + 8);
    if (quoted === undefined) return;
    const { source, destination } = readEnds(packet, quoted);
    const sentBy = isEcho(quoted.protocol) ? { ...source, port: destination.port } : source;
    const sentTo = isEcho(quoted.protocol) ? { ...destination, port: 0 } : destination;
    const now = this.find(quoted.protocol, sentBy, sentTo);
    if (now === undefined) return;
    packet.set(addressBytes(now.address), places.destinationAt);
    packet.set(addressBytes(now.address), quoted.sourceAt);
    write16(packet, quoted.transportAt + (isEcho(quoted.protocol) ? 4 : 0), now.port);
    fixHeaderChecksum(packet, places.transportAt + 8);
    fixChecksums(packet);
  }
}

/** The endpoints; of an echo the identifier is the client's port, whose side is the destination's here. */
export function readEnds(
  packet: Uint8Array,
  places: PacketPlaces,
): { source: Endpoint; destination: Endpoint } {
  const { protocol, transportAt, sourceAt, destinationAt, addressBytes: length } = places;
  const isPort = protocol === TCP || protocol === UDP;
  return {
    source: {
      address: addressText(packet.subarray(sourceAt, sourceAt + length)),
      port: isPort ? read16(packet, transportAt) : 0,
    },
    destination: {
      address: addressText(packet.subarray(destinationAt, destinationAt + length)),
      port: read16(packet, transportAt + (isPort ? 2 : 4)),
    },
  };
}

export function isEcho(protocol: number): boolean {
  return protocol === ICMP || protocol === ICMPV6;
}

function isError(packet: Uint8Array, { protocol, transportAt, isFirst }: PacketPlaces): boolean {
  const type = packet[transportAt] ?? 0;
  if (!isFirst) return false;
  return protocol === ICMP ? [3, 11, 12].includes(type) : protocol === ICMPV6 && type < 128;
}

function checksumOffset(protocol: number): number {
  if (protocol === TCP) return 16;
  return protocol === UDP ? 6 : 2;
}

function wordPairs(before: Uint8Array, after: Uint8Array): Array<readonly [number, number]> {
  return Array.from({ length: before.length / 2 }, (_, word) => [
    read16(before, word * 2),
    read16(after, word * 2),
  ]);
}

/** A partial checksum is a sum that nobody has turned round yet. */
function update(
  packet: Uint8Array,
  at: number,
  changes: ReadonlyArray<readonly [number, number]>,
  partial: boolean,
): void {
  let sum = partial ? read16(packet, at) : read16(packet, at) ^ 0xffff;
  for (const [before, after] of changes) sum += (before ^ 0xffff) + after;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  write16(packet, at, partial ? sum : sum ^ 0xffff);
}

function keyOf(protocol: number, egress: Endpoint, real: Endpoint): string {
  return `${protocol} ${egress.address} ${egress.port} ${real.address} ${real.port}`;
}
