import { describe, expect, test } from 'vitest';
import type { FlowQuery } from '../../../src/gateway/datapath/reports/list-flows.ts';
import { addressBytes, joinEndpoint } from '../../support/address-text.ts';
import { buildReply, buildRequest } from '../../support/client-packets.ts';
import { EGRESS } from '../../support/datapath-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { BANK_RULE, makePolicy } from '../../support/policy-fixture.ts';
import { FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

describe('Mailbox', () => {
  test('takes everything that has come, in order, and says whether there was something', () => {
    const gateway = tellStory();
    expect(gateway.assembled.mailbox.fetch(0)).toBe(false);
    gateway.putLease(5, 'first.example.com', { ipv4: ['192.0.2.1'] });
    gateway.post({ type: 'lease-gone', slot: 5 });
    gateway.putLease(5, 'second.example.com', { ipv4: ['192.0.2.2'] });
    const { wan } = gateway.send(buildRequest('udp', '10.64.0.2:1', '100.80.0.5:53'));
    expect(parsePacket(wan[0]?.packet ?? new Uint8Array()).to).toBe('192.0.2.2:53');
    expect(gateway.assembled.mailbox.fetch(0)).toBe(false);
  });

  test('stops when it is told to', () => {
    const gateway = tellStory();
    expect(gateway.assembled.mailbox.isStopped).toBe(false);
    gateway.post({ type: 'stop' });
    gateway.fetch();
    expect(gateway.assembled.mailbox.isStopped).toBe(true);
  });

  test('puts the last policy in force, whole', () => {
    const gateway = tellStory();
    gateway.post({
      type: 'policy',
      request: 0,
      policy: makePolicy([{ name: 'nothing', traffic: '', blocks: true }]),
    });
    gateway.post({ type: 'policy', request: 0, policy: makePolicy([]) });
    gateway.fetch();
    const { wan } = gateway.send(buildRequest('udp', '10.64.0.2:1', '100.80.1.2:53'));
    expect(parsePacket(wan[0]?.packet ?? new Uint8Array()).from).toMatch(/^198\.51\.100\.1:/);
  });

  describe.each(FAMILIES)('IPv%i', (family) => {
    const party = PARTIES[family];

    test('lists flows with name, rule, both ends of the translation and what they carried', () => {
      const gateway = tellStory();
      const from = joinEndpoint(party.alice, 40_000);
      const request = buildRequest('udp', from, joinEndpoint(party.bank, 443));
      const [frame] = gateway.send(request).wan;
      const left = parsePacket(frame?.packet ?? new Uint8Array());
      gateway.advance(3000);
      const reply = buildReply(left);
      gateway.receive('wan', reply);
      gateway.advance(2000);
      gateway.setPolicy([]);
      gateway.post({ type: 'list-flows', request: 9, query: { limit: 1000 } });
      gateway.fetch();
      expect(gateway.posted()).toEqual([
        {
          type: 'flows',
          request: 9,
          flows: [
            {
              protocol: 17,
              state: 'replied',
              client: addressBytes(party.alice),
              clientPort: 40_000,
              inner: addressBytes(party.bank),
              remote: addressBytes(party.server),
              remotePort: 443,
              egress: addressBytes(party.bankEgress),
              externalPort: Number(left.from.slice(left.from.lastIndexOf(':') + 1)),
              egressIndex: EGRESS.findIndex((text) => text.replace('/128', '') === party.bankEgress),
              host: 'bank.example.com',
              rule: { id: makePolicy([BANK_RULE]).rules[0]?.id, name: 'bank' },
              method: 'dedicated',
              role: 'primary',
              ageSeconds: 5,
              idleSeconds: 2,
              packetsOut: 1,
              packetsIn: 1,
              bytesOut: request.length,
              bytesIn: reply.length,
            },
          ],
        },
      ]);
    });

    test('lists the clients that have flows', () => {
      const gateway = tellStory();
      const to = joinEndpoint(party.bank, 443);
      for (const [port, from] of [party.bob, party.alice, party.alice].entries())
        gateway.send(buildRequest('udp', joinEndpoint(from, 40_000 + port), to));
      gateway.post({ type: 'list-clients', request: 9, most: 1 });
      gateway.fetch();
      expect(gateway.posted()).toEqual([
        {
          type: 'clients',
          request: 9,
          clients: [{ address: addressBytes(party.alice), flows: 2, ports: 2 }],
        },
      ]);
    });

    test('lists the newest flows that suit, the newest first, and no more than are wanted', () => {
      const gateway = tellStory();
      const dial = (client: string, port: number, to: string) => {
        gateway.send(buildRequest('udp', joinEndpoint(client, port), joinEndpoint(to, 443)));
        gateway.advance(1000);
      };
      for (const port of [1, 2, 3]) dial(party.alice, port, party.bank);
      dial(party.bob, 4, party.bank);
      dial(party.alice, 5, party.shop);
      const portsOf = (query: Partial<FlowQuery>) => {
        gateway.post({ type: 'list-flows', request: 1, query: { limit: 100, ...query } });
        gateway.fetch();
        return gateway
          .posted()
          .flatMap((told) => (told.type === 'flows' ? told.flows : []).map((flow) => flow.clientPort));
      };
      expect(portsOf({})).toEqual([5, 4, 3, 2, 1]);
      expect(portsOf({ limit: 2 })).toEqual([5, 4]);
      expect(portsOf({ client: addressBytes(party.alice) })).toEqual([5, 3, 2, 1]);
      expect(portsOf({ host: 'bank.example.com', limit: 3 })).toEqual([4, 3, 2]);
      expect(portsOf({ egress: addressBytes(party.bankEgress), limit: 1 })).toEqual([3]);
      expect(portsOf({ rule: 'bank' })).toEqual([3, 2, 1]);
      expect(portsOf({ rule: 'no rule matched' })).toEqual([]);
      expect(portsOf({ protocol: 6 })).toEqual([]);
    });

    test('names no host for a literal address, and no rule where none matched', () => {
      const gateway = tellStory();
      gateway.send(buildRequest('tcp', joinEndpoint(party.bob, 1), joinEndpoint(party.server, 80)));
      gateway.post({ type: 'list-flows', request: 1, query: { limit: 1000 } });
      gateway.fetch();
      expect(gateway.posted()).toMatchObject([
        { flows: [{ host: null, rule: null, state: 'syn-sent', method: 'default', role: 'default' }] },
      ]);
    });
  });
});
