/**
 * Addresses that a public name must not resolve to: otherwise any zone could direct clients at internal networks (DNS
 * rebinding). From the IANA special-purpose registries (RFC 6890); documentation addresses are harmless and allowed.
 */
import { type Address, type Prefix, prefixContains } from '../../wire/address.ts';
import { INTERNAL_IPV4, INTERNAL_IPV6, prefixesOf } from '../../wire/special-purpose.ts';

const PRIVATE = [
  ...INTERNAL_IPV4,
  ...INTERNAL_IPV6,
  // This network, protocol assignments, benchmarking.
  ...prefixesOf('0.0.0.0/8', '192.0.0.0/24', '198.18.0.0/15'),
  // IPv4-compatible (with loopback and unspecified), local NAT64, benchmarking.
  ...prefixesOf('::/96', '64:ff9b:1::/48', '2001:2::/48'),
];

/** Multicast and reserved: not addresses of a host, but their reverse zones are public. */
const NOT_UNICAST = prefixesOf('224.0.0.0/4', '240.0.0.0/4', 'ff00::/8');

/** IPv6 prefixes that embed an IPv4 address, and its offset: mapped, NAT64 (RFC 6052), 6to4 (RFC 3056). */
const EMBEDDINGS = [
  { prefixes: prefixesOf('::ffff:0:0/96', '64:ff9b::/96'), at: 12 },
  { prefixes: prefixesOf('2002::/16'), at: 2 },
];

export interface AddressRules {
  /** Private addresses that names may nevertheless resolve to. */
  readonly allowPrivate: readonly Prefix[];
  /** Addresses that no name may resolve to, regardless of `allowPrivate`. */
  readonly refused: readonly Prefix[];
}

/** Whether a name must not resolve to the address. An IPv4 address embedded in an IPv6 address is checked, too. */
export function isRefusedAddress(address: Address, rules: AddressRules): boolean {
  if (isInside(address, rules.refused)) return true;
  if (isInside(address, rules.allowPrivate)) return false;
  if (isInside(address, PRIVATE) || isInside(address, NOT_UNICAST)) return true;
  const embedding = EMBEDDINGS.find(({ prefixes }) => isInside(address, prefixes));
  return embedding !== undefined && isRefusedAddress(address.slice(embedding.at, embedding.at + 4), rules);
}

/** Whether all addresses of the prefix are private, so that reverse queries for them must not be forwarded (RFC 6303). */
export function isPrivatePrefix(prefix: Prefix, allowPrivate: readonly Prefix[]): boolean {
  return isCovered(prefix, PRIVATE) && !isCovered(prefix, allowPrivate);
}

/** Whether one of `prefixes` contains the whole of `prefix`. */
export function isCovered(prefix: Prefix, prefixes: readonly Prefix[]): boolean {
  return prefixes.some((wide) => wide.length <= prefix.length && prefixContains(wide, prefix.address));
}

function isInside(address: Address, prefixes: readonly Prefix[]): boolean {
  return prefixes.some((prefix) => prefixContains(prefix, address));
}
