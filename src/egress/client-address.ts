/**
 * Which address of an IPv6 egress range a client leaves from: always the same one, different from other clients', and not
 * predictable for outsiders. A keyed hash, so no state is needed, and a restart changes nothing while the key stays.
 */
import { createHmac } from 'node:crypto';
import { type Address, addressesEqual, type Prefix } from '../wire/address.ts';

const ADDRESS_BITS = 128;

/**
 * The address for `clientKey` inside the prefix. Never the prefix's first address, which is the subnet-router anycast
 * address (RFC 4291 section 2.6.1), nor one of `taken`; a prefix of one address is that address. Undefined when nothing
 * is left.
 */
export function chooseClientAddress(
  prefix: Prefix,
  clientKey: string,
  secret: Uint8Array,
  taken: readonly Address[] = [],
): Address | undefined {
  if (prefix.length === ADDRESS_BITS) return prefix.address;
  const digest = createHmac('sha256', secret).update(clientKey).digest();
  let candidate = insertHostBits(prefix, digest);
  for (let tries = 0; tries <= taken.length + 1; tries++) {
    if (
      !addressesEqual(candidate, prefix.address) &&
      !taken.some((other) => addressesEqual(other, candidate))
    )
      return candidate;
    candidate = nextInside(prefix, candidate);
  }
  return undefined;
}

function insertHostBits(prefix: Prefix, bits: Uint8Array): Address {
  return prefix.address.map((byte, index) => byte | ((bits[index] ?? 0) & hostMask(prefix.length, index)));
}

/** The address after this one, wrapping around at the end of the prefix. */
function nextInside(prefix: Prefix, address: Address): Address {
  const next = address.slice();
  for (let index = next.length - 1; index >= 0; index--) {
    next[index] = (next[index] ?? 0) + 1;
    if (next[index] !== 0) break;
  }
  return insertHostBits(prefix, next);
}

function hostMask(length: number, index: number): number {
  const networkBits = Math.min(8, Math.max(0, length - index * 8));
  return 0xff >> networkBits;
}
