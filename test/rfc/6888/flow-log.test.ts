/** The log of flows (RFC 6888 sections 4 and 5; rows G12 to G15): what a line says, and what it costs. */
import { readFileSync, renameSync, truncateSync } from 'node:fs';
import path from 'node:path';
import pino from 'pino';
import { describe, expect, test, vi } from 'vitest';
import { EgressInventory } from '../../../src/egress/egress-inventory.ts';
import { FlowLog } from '../../../src/gateway/flows/flow-log.ts';
import { IdentityDirectory } from '../../../src/identity/identity-directory.ts';
import { readIdentities } from '../../../src/identity/read-identities.ts';
import { joinEndpoint, splitEndpoint } from '../../support/address-text.ts';
import { buildTcp, buildUdp, payloadOf } from '../../support/build-packet.ts';
import { buildReply } from '../../support/client-packets.ts';
import { type DatapathFixture, EGRESS_SETTINGS } from '../../support/datapath-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { BANK_RULE, PEOPLE } from '../../support/policy-fixture.ts';
import { PARTIES, tellStory } from '../../support/story.ts';
import { TemporaryFolder } from '../../support/temporary-folder.ts';

const { alice, bank, server, bankEgress } = PARTIES[4];
const SURROUNDINGS = {
  inventory: new EgressInventory(EGRESS_SETTINGS),
  directory: new IdentityDirectory(readIdentities(PEOPLE).entries),
};
const from = joinEndpoint(alice, 40_000);
const to = joinEndpoint(bank, 443);
const folder = new TemporaryFolder();
const quiet = pino({ level: 'silent' });
let files = 0;

/** A gateway that logs, and the log. */
function begin({ starts = false, rules = [BANK_RULE], flowCapacity = 256 } = {}) {
  const file = path.join(folder.path, `flows-${files++}.jsonl`);
  const log = new FlowLog({ path: file, starts }, quiet);
  const gateway = tellStory({ rules, flowCapacity, flowLog: { starts, underWay: log.underWay } });
  return { file, log, gateway };
}

/** What the worker has posted goes to the log. */
function deliver(gateway: DatapathFixture, log: FlowLog): void {
  gateway.assembled.recorder?.flush();
  for (const message of gateway.posted())
    if (message.type === 'flow-events') log.take(message.batch, SURROUNDINGS);
}

const linesOf = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line): Record<string, unknown> => JSON.parse(line));

function leaving(gateway: DatapathFixture, packet: Uint8Array) {
  const [frame] = gateway.send(packet).wan;
  if (frame === undefined) throw new Error('Cannot go on: nothing left');
  return parsePacket(frame.packet);
}

test('G12 a line says who went where by which name, as whom, by which rule, how much and how it ended', async () => {
  const { file, log, gateway } = begin();
  const syn = leaving(gateway, buildTcp({ from, to, flags: 'S' }));
  gateway.receive('wan', buildReply(syn));
  gateway.advance(5000);
  gateway.send(buildTcp({ from, to, flags: 'FA', sequence: 2, acknowledgment: 2 }));
  gateway.receive('wan', buildReply(syn, { flags: 'FA', sequence: 2, acknowledgment: 3 }));
  gateway.advance(241_000);
  deliver(gateway, log);
  await log.close();
  expect(linesOf(file)).toEqual([
    {
      time: expect.stringMatching(/^20\d\d-\d\d-\d\dT/),
      event: 'end',
      reason: 'closed',
      protocol: 'tcp',
      client: { address: alice, port: 40_000 },
      user: 'alice@example.com',
      host: 'bank.example.com',
      destination: { address: bank, port: 443 },
      real: { address: server, port: 443 },
      egress: { address: bankEgress, port: splitEndpoint(syn.from).port },
      uplink: 'wan',
      rule: { id: expect.stringMatching(/^[0-9a-f-]{36}$/), name: 'bank' },
      method: 'dedicated',
      role: 'primary',
      startedAt: expect.any(String),
      lastSeenAt: expect.any(String),
      packetsOut: 2,
      packetsIn: 2,
      bytesOut: 80,
      bytesIn: 80,
    },
  ]);
  const [line] = linesOf(file);
  const at = (key: string) => Date.parse(String(line?.[key]));
  expect(at('time') - at('startedAt')).toBe(246_000);
  expect(at('time') - at('lastSeenAt')).toBe(241_000);
});

test('G12 a flow has a line when it begins as well, if that is wanted', async () => {
  const { file, log, gateway } = begin({ starts: true });
  gateway.send(buildUdp({ from, to }));
  deliver(gateway, log);
  gateway.advance(301_000);
  deliver(gateway, log);
  await log.close();
  const lines = linesOf(file);
  expect(lines.map(({ event, reason }) => [event, reason])).toEqual([
    ['start', undefined],
    ['end', 'idle'],
  ]);
  expect(lines[0]).not.toHaveProperty('packetsOut');
});

test.each([
  [
    'reset',
    (gateway: DatapathFixture, syn: ReturnType<typeof leaving>) => {
      gateway.receive('wan', buildReply(syn, { flags: 'RA', acknowledgment: 2 }));
      gateway.advance(241_000);
    },
  ],
  ['idle', (gateway: DatapathFixture) => gateway.advance(241_000)],
  [
    'egress-lost',
    (gateway: DatapathFixture, syn: ReturnType<typeof leaving>) => {
      gateway.receive('wan', buildReply(syn));
      gateway.health.set(0, 'down');
      gateway.send(buildTcp({ from, to, flags: 'A' }));
    },
  ],
  ['stopped', (gateway: DatapathFixture) => gateway.assembled.recorder?.stop()],
] as const)('G12 a flow may end as %s', async (reason, end) => {
  const { file, log, gateway } = begin();
  end(gateway, leaving(gateway, buildTcp({ from, to, flags: 'S' })));
  deliver(gateway, log);
  await log.close();
  expect(linesOf(file).map((line) => line.reason)).toEqual([reason]);
});

test('G12 a rule keeps destinations out of the log', async () => {
  const { file, log, gateway } = begin({ rules: [{ ...BANK_RULE, logsDestination: false }] });
  gateway.send(buildUdp({ from, to }));
  gateway.advance(301_000);
  deliver(gateway, log);
  await log.close();
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(bankEgress);
  for (const secret of ['bank.example.com', server, bank]) expect(text).not.toContain(secret);
});

describe('FlowRecorder', () => {
  /** Opens and ends `count` flows. */
  function pass(gateway: DatapathFixture, count: number): void {
    for (let port = 1; port <= count; port++)
      gateway.send(buildUdp({ from: joinEndpoint(alice, 1000 + port), to, payload: payloadOf(1) }));
    gateway.advance(301_000);
    while (gateway.counters.read('flowsLive') > 0) gateway.advance(10);
  }

  test('G14 makes one line of a flow that is logged at its end', async () => {
    const { file, log, gateway } = begin({ flowCapacity: 1024 });
    pass(gateway, 1000);
    deliver(gateway, log);
    await log.close();
    expect(gateway.counters.read('flowEventsLost')).toBe(0);
    expect(log.written).toBe(1000);
    expect(new Set(linesOf(file).map(({ egress }) => JSON.stringify(egress))).size).toBe(1000);
  });

  test('loses and counts what has no room, and no packet', () => {
    const { gateway } = begin({ flowCapacity: 16_384 });
    pass(gateway, 9000);
    expect(gateway.counters.read('flowEventsLost')).toBe(9000 - 8192);
    expect(gateway.counters.read('packetsOut')).toBe(9000);
  });

  test('waits while the control thread is busy, and goes on after', () => {
    const { log, gateway } = begin();
    const batches = () => gateway.posted().filter(({ type }) => type === 'flow-events');
    const flush = () => {
      pass(gateway, 1);
      gateway.assembled.recorder?.flush();
    };
    for (let times = 0; times < 20; times++) flush();
    const posted = batches();
    expect(posted).toHaveLength(16);
    for (const message of posted) if (message.type === 'flow-events') log.take(message.batch, SURROUNDINGS);
    return log.close().then(() => {
      flush();
      expect(
        batches().map((message) => message.type === 'flow-events' && message.batch.hosts.length),
      ).toEqual([5]);
    });
  });
});

describe('FlowLog', () => {
  async function writeOne(log: FlowLog, gateway: DatapathFixture, file: string, atLeast = 1): Promise<void> {
    gateway.send(buildUdp({ from, to }));
    gateway.advance(301_000);
    deliver(gateway, log);
    await vi.waitFor(() => expect(linesOf(file).length).toBeGreaterThanOrEqual(atLeast), { timeout: 10_000 });
  }

  test('goes on in a new file when the old one was renamed, and in the same when it was emptied', async () => {
    const { file, log, gateway } = begin();
    await writeOne(log, gateway, file);
    renameSync(file, `${file}.1`);
    log.reopen();
    await vi.waitFor(() => readFileSync(file), { timeout: 10_000 });
    await writeOne(log, gateway, file);
    truncateSync(file);
    await writeOne(log, gateway, file);
    await log.close();
    expect(linesOf(file)).toHaveLength(1);
    expect(linesOf(`${file}.1`)).toHaveLength(1);
    expect(log.written).toBe(3);
  });

  test('has a line of every flow when the gateway ends, though there are more than may wait', async () => {
    const { file, log, gateway } = begin({ flowCapacity: 1024 });
    for (let port = 1; port <= 1000; port++)
      gateway.send(buildUdp({ from: joinEndpoint(alice, 1000 + port), to }));
    gateway.assembled.recorder?.stop();
    const [message] = gateway.posted().filter(({ type }) => type === 'flow-events');
    if (message?.type !== 'flow-events') throw new Error('Cannot go on: nothing was posted');
    for (let times = 0; times < 40; times++) log.take(message.batch, SURROUNDINGS);
    await log.close();
    expect(linesOf(file)).toHaveLength(40_000);
    expect([log.written, log.lost]).toEqual([40_000, 0]);
  });

  test('says what it cannot open', () => {
    expect(() => new FlowLog({ path: '/nowhere/flows.jsonl', starts: false }, quiet)).toThrow(
      /^Cannot write the log of flows to \/nowhere\/flows\.jsonl: .*ENOENT/,
    );
  });

  test('complains once of a disk that is full, and holds nothing up (FL-31)', async () => {
    const log = pino({ level: 'silent' });
    const complaint = vi.spyOn(log, 'error');
    const full = new FlowLog({ path: '/dev/full', starts: false }, log);
    const gateway = tellStory({ flowLog: { starts: false, underWay: full.underWay } });
    for (let times = 0; times < 3; times++) {
      gateway.send(buildUdp({ from, to }));
      gateway.advance(301_000);
      deliver(gateway, full);
      await vi.waitFor(() => expect(complaint).toHaveBeenCalled(), { timeout: 10_000 });
    }
    await full.close();
    expect(complaint).toHaveBeenCalledTimes(1);
  });
});
