/** RFC 6056 section 3.5 and row P9: ports are random, but a rule may ask for the client's own. */
import { describe, expect, test } from 'vitest';
import { joinEndpoint } from '../../support/address-text.ts';
import { buildRequest, sourceOf } from '../../support/client-packets.ts';
import type { DatapathFixture } from '../../support/datapath-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { BANK_RULE } from '../../support/policy-fixture.ts';
import { FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

const KEEPING = { ...BANK_RULE, identity: '', keepsPort: true };

describe.each(FAMILIES)('a rule that keeps source ports, IPv%i', (family) => {
  const { alice, bob, bank, shop } = PARTIES[family];

  function portOf(
    gateway: DatapathFixture,
    protocol: 'tcp' | 'udp' | 'echo',
    client: string,
    port: number,
    to = bank,
  ) {
    const request = buildRequest(protocol, joinEndpoint(client, port), joinEndpoint(to, 500));
    const [frame] = gateway.send(request).wan;
    if (frame === undefined) throw new Error('Cannot go on: nothing left');
    return sourceOf(parsePacket(frame.packet)).port;
  }

  test.each(['tcp', 'udp'] as const)('P9 gives the flows of a client their own port, over %s', (protocol) => {
    const gateway = tellStory({ rules: [KEEPING] });
    for (const port of [4500, 65_535, 1024]) expect(portOf(gateway, protocol, alice, port)).toBe(port);
  });

  test('U3 gives a second client another port, and the first one its own still', () => {
    const gateway = tellStory({ rules: [KEEPING] });
    expect(portOf(gateway, 'udp', alice, 4500)).toBe(4500);
    const other = portOf(gateway, 'udp', bob, 4500);
    expect(other).not.toBe(4500);
    expect([portOf(gateway, 'udp', alice, 4500), portOf(gateway, 'udp', bob, 4500)]).toEqual([4500, other]);
  });

  test('U4 gives a low port to nobody', () => {
    const gateway = tellStory({ rules: [KEEPING] });
    for (const port of [0, 500, 1023])
      expect(portOf(gateway, 'udp', alice, port)).toBeGreaterThanOrEqual(1024);
  });

  test('G8 lets a port rest before it is given to another client, or again', () => {
    const gateway = tellStory({ rules: [KEEPING] });
    portOf(gateway, 'udp', alice, 4500);
    gateway.advance(302_000);
    expect(portOf(gateway, 'udp', bob, 4500)).not.toBe(4500);
    gateway.advance(122_000);
    expect(portOf(gateway, 'udp', alice, 4500)).toBe(4500);
  });

  test('I1 leaves identifiers of echoes random, and the ports of flows under other rules', () => {
    const gateway = tellStory({ rules: [KEEPING] });
    const ports = Array.from({ length: 20 }, (_, index) => 5000 + index);
    const kept = (protocol: 'udp' | 'echo', to: string) =>
      ports.filter((port) => portOf(gateway, protocol, alice, port, to) === port).length;
    expect(kept('echo', bank)).toBeLessThan(3);
    expect(kept('udp', shop)).toBeLessThan(3);
  });
});
