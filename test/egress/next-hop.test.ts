import { expect, test } from 'vitest';
import { nextHopFor, type UplinkRoutes } from '../../src/egress/next-hop.ts';
import {
  type Address,
  formatAddress,
  type Prefix,
  parseAddress,
  parsePrefix,
} from '../../src/wire/address.ts';

const ROUTES: UplinkRoutes = {
  connected: [prefix('203.0.113.0/24'), prefix('198.51.100.4/31'), prefix('2001:db8:9::/64')],
  nextHop4: ip('203.0.113.1'),
  nextHop6: undefined,
};

test.each<[destination: string, nextHop: string | undefined, why: string]>([
  ['203.0.113.77', '203.0.113.77', 'on-link'],
  ['192.0.2.1', '203.0.113.1', 'beyond'],
  ['203.0.113.255', undefined, 'the directed broadcast address (row R5)'],
  ['203.0.113.0', undefined, 'the network address'],
  ['198.51.100.5', '198.51.100.5', 'the far end of a point-to-point link (RFC 3021)'],
  ['2001:db8:9::5', '2001:db8:9::5', 'on-link'],
  ['2001:db8:2::1', undefined, 'beyond, without a route'],
])('nextHopFor %s is %s: %s', (destination, expected) => {
  const nextHop = nextHopFor(ROUTES, ip(destination));
  expect(nextHop && formatAddress(nextHop)).toBe(expected);
});

function ip(text: string): Address {
  return parseAddress(text) ?? expect.fail(text);
}

function prefix(text: string): Prefix {
  return parsePrefix(text) ?? expect.fail(text);
}
