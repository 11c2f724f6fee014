/** What rules make of a client's question; what the rules are is the gateway's (test/gateway/dns-rules.test.ts). D18. */
import type { RecordType } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import {
  type BlockReply,
  NO_RULES,
  type QuestionRules,
  type Ruling,
} from '../../../src/resolver/answer/question-rules.ts';
import { type Address, formatAddress } from '../../../src/wire/address.ts';
import { addressBytes } from '../../support/address-text.ts';
import { zone } from '../support/fake-upstream.ts';
import { extendedError, startLab } from '../support/lab.ts';

const WORLD = zone([
  { type: 'A', name: 'ads.example.com', ttl: 300, data: '192.0.2.66' },
  { type: 'AAAA', name: 'ads.example.com', ttl: 300, data: '2001:db8:2::66' },
  { type: 'TXT', name: 'ads.example.com', ttl: 300, data: 'buy' },
  { type: 'CNAME', name: 'www.example.com', ttl: 300, data: 'cdn.example.net' },
  { type: 'A', name: 'cdn.example.net', ttl: 300, data: '192.0.2.198' },
]);

function withRuling(ruling: Ruling): QuestionRules {
  return {
    ...NO_RULES,
    judgeQuestion: ({ name }) => (name === 'ads.example.com' ? ruling : undefined),
  };
}

function block(reply: BlockReply): Ruling {
  return { kind: 'block', reply, reason: 'no advertisements' };
}

describe('Resolver', () => {
  it.each<[BlockReply, RecordType, string, readonly string[]]>([
    ['null-address', 'A', 'NOERROR', ['0.0.0.0']],
    ['null-address', 'AAAA', 'NOERROR', ['::']],
    ['null-address', 'TXT', 'NOERROR', []],
    ['null-address', 'UNKNOWN_65' as RecordType, 'NOERROR', []],
    ['no-data', 'A', 'NOERROR', []],
    ['nxdomain', 'A', 'NXDOMAIN', []],
    ['nxdomain', 'TXT', 'NXDOMAIN', []],
    ['refused', 'A', 'REFUSED', []],
  ])(
    'Resolver blocks with %s: %s gets %s %j, with EDE 15 and without asking anybody (D18)',
    async (...row) => {
      const [reply, type, rcode, addresses] = row;
      await using lab = await startLab([WORLD], { rules: withRuling(block(reply)) });
      const answer = await lab.ask('ads.example.com', type, { udpSize: 1232 });
      expect(answer.rcode).toBe(rcode);
      expect((answer.answers ?? []).map((record) => 'data' in record && record.data)).toEqual(addresses);
      expect(extendedError(answer)).toBe(15);
      expect(lab.upstream.asked).toEqual([]);
      expect(lab.synthesis.requests).toEqual([]);
      expect(lab.resolver.counters.blocked).toBe(1);
    },
  );

  it.each<BlockReply>(['no-data', 'nxdomain'])(
    'Resolver lets clients remember a block of %s for a minute, by an SOA of the name itself (D15)',
    async (reply) => {
      await using lab = await startLab([WORLD], { rules: withRuling(block(reply)) });
      const { authorities } = await lab.ask('ads.example.com', 'A');
      expect(authorities).toMatchObject([
        { type: 'SOA', name: 'ads.example.com', ttl: 60, data: { minimum: 60 } },
      ]);
    },
  );

  it('Resolver answers address questions with the addresses a rule names, as they are and without asking (D18)', async () => {
    const addresses = ['198.51.100.7', '198.51.100.8'].map(addressBytes);
    await using lab = await startLab([WORLD], { rules: withRuling({ kind: 'addresses', addresses }) });
    const answer = await lab.ask('ads.example.com', 'A', { udpSize: 1232 });
    expect(answer.answers).toMatchObject([
      { name: 'ads.example.com', type: 'A', ttl: 60, data: '198.51.100.7' },
      { name: 'ads.example.com', type: 'A', ttl: 60, data: '198.51.100.8' },
    ]);
    expect(extendedError(answer)).toBe(4);
    expect((await lab.ask('ads.example.com', 'AAAA')).answers).toEqual([]);
    expect((await lab.ask('ads.example.com', 'UNKNOWN_65')).answers).toEqual([]);
    expect(lab.upstream.asked).toEqual([]);
    expect((await lab.ask('ads.example.com', 'TXT')).answers).toHaveLength(1);
  });

  it('Resolver answers with the lease of the other host that a rule names', async () => {
    const rules = withRuling({ kind: 'other-host', hostname: 'www.example.com' });
    await using lab = await startLab([WORLD], { rules });
    const answer = await lab.ask('ads.example.com', 'A');
    expect(answer.answers).toMatchObject([{ name: 'ads.example.com', type: 'A', data: '100.80.0.1' }]);
    expect(lab.synthesis.requests).toMatchObject([{ hostname: 'www.example.com' }]);
    expect(lab.upstream.count('ads.example.com')).toBe(0);
    expect(await lab.ask('ads.example.com', 'AAAA')).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect((await lab.ask('ads.example.com', 'UNKNOWN_65')).answers).toEqual([]);
  });

  it.each([
    ['does not exist', 'gone.example.com', 'NOERROR'],
    ['cannot be looked up', 'ads.example.com', 'SERVFAIL'],
  ])('Resolver gives no address when the other host %s', async (_why, hostname, rcode) => {
    const script: typeof WORLD = (asked) =>
      asked.question.name === 'ads.example.com' ? { rcode: 2 } : WORLD(asked);
    await using lab = await startLab([script], { rules: withRuling({ kind: 'other-host', hostname }) });
    expect(await lab.ask('ads.example.com', 'A')).toMatchObject({ rcode, answers: [] });
  });

  it('Resolver tells rules who asks for what, and later the addresses and the names on the way to them', async () => {
    const told: unknown[] = [];
    const shown = (address: Address) => formatAddress(address);
    await using lab = await startLab([WORLD], {
      rules: {
        ...NO_RULES,
        judgeQuestion: ({ name, type, client }) => {
          told.push(['question', name, type, shown(client)]);
          return undefined;
        },
        judgeAnswer: ({ name }, { addresses, aliases }) => {
          told.push(['answer', name, addresses.map(shown), aliases]);
          return undefined;
        },
      },
    });
    await lab.ask('WWW.example.com', 'A');
    expect(told).toEqual([
      ['question', 'www.example.com', 1, '127.0.0.1'],
      ['answer', 'www.example.com', ['192.0.2.198'], ['cdn.example.net']],
    ]);
  });

  it('Resolver blocks by what a name leads to before an address is leased (D18)', async () => {
    const rules: QuestionRules = { ...NO_RULES, judgeAnswer: () => block('null-address') };
    await using lab = await startLab([WORLD], { rules });
    const answer = await lab.ask('www.example.com', 'A', { udpSize: 1232 });
    expect(answer.answers).toMatchObject([{ name: 'www.example.com', data: '0.0.0.0' }]);
    expect(extendedError(answer)).toBe(15);
    expect(lab.synthesis.requests).toEqual([]);
    expect((await lab.ask('ads.example.com', 'TXT')).answers).toHaveLength(1);
  });

  it('Resolver gives the real addresses of exempt names, at the asked name, for a minute at most', async () => {
    await using lab = await startLab([WORLD]);
    lab.synthesis.result = 'exempt';
    const { answers, additionals } = await lab.ask('www.example.com', 'A');
    expect(answers).toMatchObject([{ name: 'www.example.com', type: 'A', ttl: 60, data: '192.0.2.198' }]);
    expect(answers).toHaveLength(1);
    expect(additionals).toEqual([]);
  });

  it('Resolver gives exempt names with DO as they came, chain and signatures and all (D23)', async () => {
    await using lab = await startLab([WORLD]);
    lab.synthesis.result = 'exempt';
    const { answers } = await lab.ask('www.example.com', 'A', { udpSize: 1232, dnssecOk: true });
    expect(answers).toMatchObject([
      { name: 'www.example.com', type: 'CNAME', data: 'cdn.example.net' },
      { name: 'cdn.example.net', type: 'A', data: '192.0.2.198' },
    ]);
  });

  it.each([
    ['a refused address', [{ type: 'A' as const, name: 'www.example.com', ttl: 9, data: '127.0.0.1' }]],
    [
      'an address of another name',
      [{ type: 'A' as const, name: 'bank.example.com', ttl: 9, data: '192.0.2.7' }],
    ],
  ])('Resolver relays nothing with DO of an exempt name that brings %s (FL-14)', async (_what, extra) => {
    const good = { type: 'A' as const, name: 'www.example.com', ttl: 9, data: '192.0.2.198' };
    await using lab = await startLab([() => ({ answers: [good, ...extra] })]);
    lab.synthesis.result = 'exempt';
    const { answers } = await lab.ask('www.example.com', 'A', { udpSize: 1232, dnssecOk: true });
    expect(answers?.map((record) => 'data' in record && record.data)).toEqual(['192.0.2.198']);
  });
});
