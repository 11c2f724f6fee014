/** What a worker tells while somebody looks: decisions, and packets as they came and as they left. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  TraceBatch,
  TracedPacket,
  TraceEvent,
  TraceQuery,
} from '../../../../src/gateway/datapath/reports/trace-event.ts';
import { addressBytes, joinEndpoint } from '../../../support/address-text.ts';
import { buildIcmpError, buildTcp, buildUdp, patch, payloadOf } from '../../../support/build-packet.ts';
import { buildReply, buildRequest } from '../../../support/client-packets.ts';
import type { DatapathFixture } from '../../../support/datapath-fixture.ts';
import { parsePacket } from '../../../support/parse-packet.ts';
import { FAMILIES, PARTIES, tellStory } from '../../../support/story.ts';

const underWay = new SharedArrayBuffer(4);

function look(gateway: DatapathFixture, filter: TraceQuery = {}, packets = true, counter = underWay): void {
  new Int32Array(counter).fill(0);
  gateway.post({ type: 'trace', trace: { trace: 7, filter, packets, underWay: counter } });
  gateway.fetch();
}

function batchesOf(gateway: DatapathFixture): TraceBatch[] {
  gateway.assembled.tracer.flush();
  return gateway.posted().flatMap((message) => (message.type === 'trace' ? [message.batch] : []));
}

const eventsOf = (gateway: DatapathFixture) => batchesOf(gateway).flatMap(({ events }) => events);
const packetsOf = (events: readonly TraceEvent[]) =>
  events.filter((event): event is TracedPacket => event.type === 'packet');

describe.each(FAMILIES)('Tracer, IPv%i', (family) => {
  const party = PARTIES[family];
  const from = joinEndpoint(party.alice, 40_000);
  const to = joinEndpoint(party.bank, 443);

  test('tells of a flow that was opened: who, by which name and rule, as whom', () => {
    const gateway = tellStory();
    look(gateway, {}, false);
    gateway.send(buildTcp({ from, to, flags: 'S' }));
    expect(eventsOf(gateway)).toMatchObject([
      {
        type: 'decision',
        result: 'opened',
        host: 'bank.example.com',
        rule: { name: 'bank' },
        clientPort: 40_000,
        port: 443,
        flow: { role: 'primary', method: 'dedicated' },
      },
    ]);
  });

  test('tells why a packet was refused, and the rule when one did it', () => {
    const rules = [{ name: 'no telnet', traffic: 'net.dst.port == 23', blocks: true }];
    const gateway = tellStory({ rules });
    look(gateway, {}, false);
    gateway.send(buildTcp({ from, to: joinEndpoint(party.bank, 23), flags: 'S' }));
    gateway.send(buildTcp({ from, to: joinEndpoint(party.unknown, 443), flags: 'S' }));
    expect(eventsOf(gateway)).toMatchObject([
      { result: 'policy-blocked', host: 'bank.example.com', rule: { name: 'no telnet' }, flow: undefined },
      { result: 'synthetic-unknown', host: null, rule: null },
    ]);
  });

  test.each(['tcp', 'udp', 'echo'] as const)(
    'shows packets of %s as they came and as they left',
    (protocol) => {
      const gateway = tellStory();
      look(gateway);
      const request = buildRequest(protocol, from, to);
      const [sent] = gateway.send(request).wan;
      const reply = buildReply(parsePacket(sent?.packet ?? new Uint8Array()));
      const [received] = gateway.receive('wan', reply).clients;
      const packets = packetsOf(eventsOf(gateway));
      expect(packets.map(({ side }) => side)).toEqual(['the clients', 'wan', 'wan', 'the clients']);
      expect(packets.map(({ isSent }) => isSent)).toEqual([false, true, false, true]);
      expect(packets.map(({ bytes }) => bytes)).toEqual([request, sent?.packet, reply, received]);
      expect(packets.map(({ comment }) => comment)).toEqual([
        'bank.example.com, by rule: bank',
        null,
        null,
        null,
      ]);
    },
  );

  test('shows both forms of ICMP errors, from either side', () => {
    const gateway = tellStory();
    const [sent] = gateway.send(buildUdp({ from, to })).wan;
    const quote = sent?.packet ?? new Uint8Array();
    const reply = buildReply(parsePacket(quote));
    const [received] = gateway.receive('wan', reply).clients;
    look(gateway);
    const type = family === 4 ? 3 : 1;
    const outer = buildIcmpError({
      from: party.server,
      to: parsePacket(reply).to.replace(/:\d+$/, '').replace(/[[\]]/g, ''),
      type,
      quote,
    });
    const inner = buildIcmpError({
      from: party.alice,
      to: party.bank,
      type,
      quote: received ?? new Uint8Array(),
    });
    const arrived = gateway.receive('wan', outer).clients;
    const left = gateway.send(inner).wan.map(({ packet }) => packet);
    expect(packetsOf(eventsOf(gateway)).map(({ bytes }) => bytes)).toEqual([
      outer,
      ...arrived,
      inner,
      ...left,
    ]);
  });

  test('shows what is dropped, with the reason', () => {
    const gateway = tellStory();
    look(gateway);
    const refused = buildTcp({ from, to: joinEndpoint(party.unknown, 443), flags: 'S' });
    gateway.send(refused);
    const stranger = buildTcp({ from: joinEndpoint(party.server, 9), to: joinEndpoint(party.bankEgress, 9) });
    gateway.receive('wan', stranger);
    expect(packetsOf(eventsOf(gateway))).toMatchObject([
      { side: 'the clients', bytes: refused, comment: 'dropped: synthetic-unknown' },
      { side: 'wan', bytes: stranger, comment: 'dropped: no-flow-outside' },
    ]);
  });

  test.each([
    ['the client', { client: addressBytes(party.alice) }, 4],
    ['another client', { client: addressBytes(party.bob) }, 0],
    ['the name', { host: 'bank.example.com' }, 4],
    ['a parent domain', { host: 'example.com' }, 4],
    ['another name', { host: 'shop.example.com' }, 0],
    ['a name it ends in by chance', { host: 'ank.example.com' }, 0],
    ['the egress address', { egress: addressBytes(party.bankEgress) }, 4],
    ['another egress address', { egress: addressBytes(party.defaultEgress) }, 0],
    ['the protocol', { protocol: 1 }, 4],
    ['another protocol', { protocol: 6 }, 0],
  ])('keeps to %s', (_what, filter, count) => {
    const gateway = tellStory();
    look(gateway, filter);
    const [sent] = gateway.send(buildRequest('echo', from, to)).wan;
    gateway.receive('wan', buildReply(parsePacket(sent?.packet ?? new Uint8Array())));
    const events = eventsOf(gateway);
    expect(packetsOf(events)).toHaveLength(count);
    expect(events).toHaveLength(count === 0 ? 0 : count + 1);
  });
});

test('Tracer tells nothing unless somebody looks', () => {
  const gateway = tellStory();
  const packet = buildUdp({ from: `${PARTIES[4].alice}:1`, to: `${PARTIES[4].bank}:53` });
  gateway.send(packet);
  look(gateway);
  gateway.post({ type: 'trace', trace: undefined });
  gateway.fetch();
  gateway.send(packet);
  expect(eventsOf(gateway)).toEqual([]);
  expect(gateway.assembled.tracer.isOn).toBe(false);
});

test('Tracer counts what is too fast for whoever looks, and forgets no packet over it', () => {
  const gateway = tellStory();
  look(gateway);
  const packet = buildUdp({
    from: `${PARTIES[4].alice}:1`,
    to: `${PARTIES[4].bank}:53`,
    payload: payloadOf(1400),
  });
  for (let times = 0; times < 5000; times++) expect(gateway.send(packet).wan).toHaveLength(1);
  const batches = gateway.posted().flatMap((message) => (message.type === 'trace' ? [message.batch] : []));
  expect(batches).toHaveLength(8);
  new Int32Array(underWay).fill(0);
  const [last] = batchesOf(gateway);
  const told = [...batches, last].reduce((sum, batch) => sum + packetsOf(batch?.events ?? []).length, 0);
  expect(told + (last?.lost ?? 0)).toBe(10_000);
  expect(last?.lost).toBeGreaterThan(0);
});

test('Tracer shows what cannot be read as it is, behind packets that can', () => {
  const gateway = tellStory();
  look(gateway);
  const { alice, bank, server, bankEgress } = PARTIES[4];
  const good = buildUdp({ from: `${alice}:1`, to: `${bank}:53`, payload: payloadOf(1200) });
  const bad = [good.subarray(0, 7), Uint8Array.of(0x90, 1, 2), patch(good, 2, 255, 255), new Uint8Array(0)];
  gateway.send(good, ...bad, good);
  const stranger = buildUdp({ from: `${server}:1`, to: `${bankEgress}:9` });
  const arp = { packet: Uint8Array.of(1, 2, 3), etherType: 0x0806 };
  gateway.receive('wan', stranger, arp, { packet: good.subarray(0, 9), etherType: 0x0800 });
  const dropped = packetsOf(eventsOf(gateway)).filter(
    ({ comment }) => comment?.startsWith('dropped') === true,
  );
  expect(dropped.map(({ side, comment, bytes }) => [side, comment, bytes.length])).toEqual([
    ['the clients', 'dropped: ip-truncated', 7],
    ['the clients', 'dropped: ip-bad-version', 3],
    ['the clients', 'dropped: ip-bad-total-length', 1228],
    ['the clients', 'dropped: ip-truncated', 0],
    ['wan', 'dropped: no-flow-outside', stranger.length],
    ['wan', 'dropped: ip-truncated', 9],
  ]);
});

test('Tracer survives whatever comes from either side, with and without a filter', () => {
  const anything = fc.uint8Array({ maxLength: 120 });
  const packets = fc.array(
    fc.oneof(
      anything,
      anything.map((bytes) => patch(VALID, 20, ...bytes.subarray(0, 8))),
    ),
    {
      maxLength: 8,
    },
  );
  const gateway = tellStory();
  fc.assert(
    fc.property(packets, fc.boolean(), (some, hasFilter) => {
      look(gateway, hasFilter ? { host: 'example.com' } : {});
      gateway.send(...some);
      gateway.receive('wan', ...some);
      for (const { bytes } of packetsOf(eventsOf(gateway))) expect(bytes.length).toBeLessThanOrEqual(65_536);
    }),
    { numRuns: 200 },
  );
});

const VALID = buildUdp({
  from: `${PARTIES[4].alice}:1`,
  to: `${PARTIES[4].bank}:53`,
  payload: payloadOf(40),
});
