/** Destinations to which nothing may leave an uplink unless its `allow_destinations` has them (row A1; RFC 6890). */
import { type Prefix, parsePrefix } from '../../wire/address.ts';

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
