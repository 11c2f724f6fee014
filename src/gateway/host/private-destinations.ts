/** Destinations to which nothing may leave an uplink unless its `allow_destinations` has them (row A1; RFC 6890). */
import { type Address, type Prefix, prefixContains } from '../../wire/address.ts';
import { INTERNAL_IPV4, INTERNAL_IPV6, LOOPBACK, prefixesOf } from '../../wire/special-purpose.ts';

/** Destinations that no public network routes. The synthetic ranges are forbidden in addition. */
export const PRIVATE_DESTINATIONS: readonly Prefix[] = [
  ...INTERNAL_IPV4,
  // Unspecified and loopback, IPv4-mapped.
  ...prefixesOf('::/127', '::ffff:0:0/96'),
  ...INTERNAL_IPV6,
];

/** Whether the guard stops what the host itself sends to the address by an uplink, unless the uplink allows it. */
export function needsAllowing(address: Address): boolean {
  const isIn = (prefixes: readonly Prefix[]) => prefixes.some((prefix) => prefixContains(prefix, address));
  return isIn(PRIVATE_DESTINATIONS) && !isIn(LOOPBACK);
}
