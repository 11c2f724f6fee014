/** Destinations to which nothing may leave an uplink unless its `allow_destinations` has them (row A1; RFC 6890). */
import { type Address, type Prefix, parsePrefix, prefixContains } from '../../wire/address.ts';

/** Destinations that no public network routes; the synthetic ranges come on top. */
export const PRIVATE_DESTINATIONS: readonly Prefix[] = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::/127',
  '::ffff:0:0/96',
  'fc00::/7',
  'fe80::/10',
]
  .map(parsePrefix)
  .filter((prefix) => prefix !== undefined);

const LOOPBACK = ['127.0.0.0/8', '::1/128'].map(parsePrefix).filter((prefix) => prefix !== undefined);

/** Whether the guard lets the host itself send nothing there by an uplink, unless that allows it. */
export function needsAllowing(address: Address): boolean {
  const isIn = (prefixes: readonly Prefix[]) => prefixes.some((prefix) => prefixContains(prefix, address));
  return isIn(PRIVATE_DESTINATIONS) && !isIn(LOOPBACK);
}
