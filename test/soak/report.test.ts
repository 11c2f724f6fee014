import { expect, test } from 'vitest';
import { CANARIES } from '../../netns-tests/soak/canaries.ts';
import { reportSoak, type SoakRecord } from '../../netns-tests/soak/report.ts';

const TO = 30_000;
const KINDS = ['short connection', 'datagram', 'fresh name', 'ping', 'download', 'upload', 'QUIC download'];
const SAMPLE = {
  ...{ rss: 1e8, heapUsed: 1e7, dnsCache: 0, external: 1e6, threadHeaps: 1e7 },
  ...{ handles: 30, descriptors: 40, flows: 5, opened: 0 },
};
const RECORD: SoakRecord = {
  seed: 1,
  from: 0,
  to: TO,
  canaryEvents: CANARIES.flatMap(({ name, sources }) =>
    Array.from({ length: 30 }, (_, second) => ({
      at: second * 1000,
      canary: name,
      event: 'answered' as const,
      life: 1,
      source: `${sources[0]} 4000`,
    })),
  ),
  attempts: KINDS.map((kind) => ({ kind, from: 1, to: 2 })),
  samples: [1, 2, 3].map((at) => ({ ...SAMPLE, at, opened: at * 1000 })),
  disturbances: [
    { fault: 'the uplink is down', effects: ['silence'], from: 5_000, ended: 8_000, to: 9_000, isCalm: true },
  ],
  status: { drops: { 'no-flow-outside': 7 }, violations: 0 },
  oracle: {
    violations: 0,
    wrong_source_ipv4: 0,
    wrong_source_ipv6: 0,
    private_or_synthetic_ipv4: 0,
    private_or_synthetic_ipv6: 0,
    wrong_egress_ipv4: 0,
    wrong_egress_ipv6: 0,
    real_server_source_alice: 0,
    real_server_source_bob: 0,
    packets_from_gateway: 99,
  },
  isSameProcess: true,
};

test('reportSoak() finds nothing wrong with a good record, and shows all of it', () => {
  const { lines, failures } = reportSoak(RECORD);
  expect(failures).toEqual([]);
  for (const shown of [
    'the uplink is down',
    ...CANARIES.map(({ name }) => name),
    'ping',
    'rss',
    '2000 flows opened',
    'silent for at most 6.0 s',
    '7 no-flow-outside',
  ])
    expect(lines.join('\n')).toContain(shown);
});

test.each([
  ['the oracle', { oracle: { ...RECORD.oracle, violations: 1, wrong_source_ipv4: 1 } }, /oracle counted/],
  ['an oracle that is blind', { oracle: { ...RECORD.oracle, packets_from_gateway: 0 } }, /seen no packet/],
  ['the guard', { status: { drops: {}, violations: 3 } }, /guard caught 3/],
  ['a restart', { isSameProcess: false }, /same process/],
  [
    'a fault that stays',
    { disturbances: [{ fault: 'x', effects: [], from: 0, ended: 1, to: 1, isCalm: false }] },
    /not everything/,
  ],
  ['a flow that is silent', { canaryEvents: [] }, /silent/],
  [
    'a failure without a fault',
    { attempts: [{ kind: 'ping', from: 25_000, to: 26_000, failure: 'no' }] },
    /ping/,
  ],
  ['a load that was not there', { attempts: [] }, /upload: none has worked/],
  [
    'memory that grows',
    { samples: [1, 2, 3].map((at) => ({ ...SAMPLE, at, rss: at * 1e8 })) },
    /rss grew from 200.0 MB to 300.0 MB, more than 209.0 MB/,
  ],
] as const)('reportSoak() blames %s', (_what, change, blame) => {
  const { failures } = reportSoak({ ...RECORD, ...change });
  expect(failures.length).toBeGreaterThan(0);
  expect(failures.join('\n')).toMatch(blame);
});
