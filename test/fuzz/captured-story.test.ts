/** What was captured passes, but for what the captured gateway itself had asked for. */
import { expect, test } from 'vitest';
import { addressText } from '../support/address-text.ts';
import { tellCaptured } from './captured-story.ts';
import { findPlaces } from './packet-places.ts';

/** The lab's resolver, which is what the gateway asks for names and probes; alice asked it too. */
const RESOLVERS = ['192.0.2.53', '2001:db8:2::53'];

function sourceOf(packet: Uint8Array): string {
  const places = findPlaces(packet);
  return places === undefined
    ? ''
    : addressText(packet.subarray(places.sourceAt, places.sourceAt + places.addressBytes));
}

test('Datapath carries what was captured both ways: super-packets, fragments, errors (U14, U15, I4, I5, X10)', () => {
  const { gateway, outward, inward } = tellCaptured();
  const { counters } = gateway;
  expect(counters.drops()).toEqual({});
  // Two fragments of three, and of nine, leave as one packet.
  expect(counters.read('packetsOut')).toBeGreaterThan(0.8 * outward.length);
  for (const packet of inward) {
    const before = counters.dropped('no-flow-outside');
    gateway.receive('wan', packet);
    gateway.takeOwn('wan');
    if (counters.dropped('no-flow-outside') > before) expect(RESOLVERS).toContain(sourceOf(packet.packet));
  }
  expect(Object.keys(counters.drops())).toEqual(['no-flow-outside']);
  expect(counters.read('packetsIn')).toBeGreaterThan(150);
});
