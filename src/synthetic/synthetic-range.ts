/**
 * The addresses of the pool. A slot's IPv4 address is the first of the range plus the slot's number. The host part of its IPv6
 * address is drawn anew for every lease, so that it cannot be guessed from the IPv4 address or from other leases.
 */
import { randomBytes } from 'node:crypto';
import { type Address, type Prefix, prefixContains } from '../wire/address.ts';

/** The number of slots of a pool without an IPv4 range, whose size otherwise determines it. Chosen by us. */
const SLOTS_WITHOUT_IPV4 = 65_536;
/** With a longer prefix, random host parts could collide or be guessed. Chosen by us. */
export const LONGEST_IPV6_PREFIX = 96;
/** A larger range would take gigabytes of memory. */
export const SHORTEST_IPV4_PREFIX = 8;
const LONGEST_IPV4_PREFIX = 30;

export interface SyntheticRanges {
  readonly ipv4: Prefix | undefined;
  readonly ipv6: Prefix | undefined;
}

/** The number of slots of the ranges, including unusable ones. Throws RangeError for ranges that are out of bounds. */
export function countSlots({ ipv4, ipv6 }: SyntheticRanges): number {
  if (ipv4 === undefined && ipv6 === undefined) {
    throw new RangeError('Cannot make a lease pool: neither an IPv4 nor an IPv6 range is given');
  }
  if (ipv6 !== undefined && ipv6.length > LONGEST_IPV6_PREFIX) {
    throw new RangeError(
      `Cannot make a lease pool: the IPv6 prefix length is ${ipv6.length}, allowed are 0 to ${LONGEST_IPV6_PREFIX}`,
    );
  }
  if (ipv4 === undefined) return SLOTS_WITHOUT_IPV4;
  if (ipv4.length < SHORTEST_IPV4_PREFIX || ipv4.length > LONGEST_IPV4_PREFIX) {
    throw new RangeError(
      `Cannot make a lease pool: the IPv4 prefix length is ${ipv4.length}, allowed are ${SHORTEST_IPV4_PREFIX} to ${LONGEST_IPV4_PREFIX}`,
    );
  }
  return 2 ** (32 - ipv4.length);
}

/** The IPv4 address of a slot: the first of the range plus `slot`. */
export function slotAddress(range: Prefix, slot: number): Address {
  const address = Uint8Array.from(range.address);
  const view = new DataView(address.buffer);
  view.setUint32(0, view.getUint32(0) + slot);
  return address;
}

/** The slot of an IPv4 address; undefined if it is outside the range. */
export function addressSlot(range: Prefix, address: Address): number | undefined {
  if (!prefixContains(range, address)) return undefined;
  return readUint32(address) - readUint32(range.address);
}

/** A random address of the range, but not the subnet-router anycast address, its first (RFC 4291 section 2.6.1). */
export function drawIpv6(range: Prefix): Address {
  for (;;) {
    const random = randomBytes(16);
    const address = range.address.map(
      (byte, index) => byte | ((random[index] ?? 0) & hostMask(range.length, index)),
    );
    if (address.some((byte, index) => byte !== range.address[index])) return address;
  }
}

function hostMask(length: number, index: number): number {
  const networkBits = Math.min(8, Math.max(0, length - index * 8));
  return 0xff >> networkBits;
}

function readUint32(address: Address): number {
  return new DataView(address.buffer, address.byteOffset, 4).getUint32(0);
}
