/** One client at its limits: it is told so, keeps what it has, and others do not notice (rows G4, G5 and G11). */
import { describe, expect, test } from 'vitest';
import { joinEndpoint } from '../../support/address-text.ts';
import { buildRequest } from '../../support/client-packets.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

const UNREACHABLE = { 4: { type: 3, code: 1 }, 6: { type: 1, code: 3 } };

describe.each(FAMILIES)('Datapath, IPv%i', (family) => {
  const party = PARTIES[family];
  const bank = joinEndpoint(party.bank, 443);
  const request = (protocol: 'tcp' | 'udp', who: string, port: number, to = bank) =>
    buildRequest(protocol, joinEndpoint(who, port), to);

  test.each([
    ['ports', { ports: 2 }, 'client-ports-exhausted'],
    ['flows', { flows: 2 }, 'client-flows-exhausted'],
    ['new flows', { flowRate: 1, flowBurst: 2 }, 'client-rate-limited'],
  ] as const)(
    'refuses a client that has had its share of %s (G4, G5, G11)',
    (_what, clientLimits, reason) => {
      const gateway = tellStory({ clientLimits });
      for (const port of [5000, 5001])
        expect(gateway.send(request('udp', party.alice, port)).wan).toHaveLength(1);
      const { clients, wan } = gateway.send(
        request('udp', party.alice, 5002),
        request('tcp', party.alice, 5003),
      );
      expect(wan).toEqual([]);
      expect(clients.map(parsePacket)).toMatchObject([
        { protocol: 'icmp', from: party.router, ...UNREACHABLE[family] },
        { protocol: 'tcp', from: bank, flags: 'RA' },
      ]);
      expect(gateway.counters.drops()).toEqual({ [reason]: 2 });
      expect(gateway.send(request('udp', party.alice, 5000)).wan).toHaveLength(1);
      expect(gateway.send(request('udp', party.bob, 5000)).wan).toHaveLength(1);
      expect(gateway.counters.read('flowsOpened')).toBe(3);
    },
  );

  test('lets a client at its limit of ports go on with a port it has (U1)', () => {
    const gateway = tellStory({ clientLimits: { ports: 1 } });
    const others = [443, 444, 445].map((port) => joinEndpoint(party.bank, port));
    for (const to of others) expect(gateway.send(request('udp', party.alice, 5000, to)).wan).toHaveLength(1);
    expect(gateway.counters.drops()).toEqual({});
  });

  test('takes no note of packets from sources that are no clients (FL-04)', () => {
    const gateway = tellStory({ clientLimits: { flowRate: 1, flowBurst: 1 } });
    for (let number = 0; number < 5; number++) gateway.send(request('udp', party.spoofed, 5000 + number));
    expect(gateway.counters.drops()).toEqual({ 'source-not-client': 5 });
  });
});
