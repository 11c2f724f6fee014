import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EgressInventory } from '../../../src/egress/egress-inventory.ts';
import type { ProbeConfig } from '../../../src/gateway/config/config.ts';
import { EgressProber } from '../../../src/gateway/egress/egress-prober.ts';
import type { ToWorker } from '../../../src/gateway/worker/worker-protocol.ts';
import { addressBytes } from '../../support/address-text.ts';
import { prefixOf } from '../../support/policy-fixture.ts';

type Probe = Extract<ToWorker, { type: 'probe' }>;

const PROBE: ProbeConfig = {
  targets: [
    { protocol: 'icmp', address: addressBytes('192.0.2.1'), port: 0 },
    { protocol: 'tcp', address: addressBytes('192.0.2.2'), port: 443 },
    { protocol: 'icmp', address: addressBytes('2001:db8:2::1'), port: 0 },
  ],
  intervalMs: 1000,
  timeoutMs: 500,
  failAfter: 2,
  recoverAfter: 2,
};

/** A prober for one IPv4 and one IPv6 address; `reaches` says which egress address gets answers. */
function openProber(probe: ProbeConfig | undefined, reaches: (index: number) => boolean = () => true) {
  const sent: Probe[] = [];
  const logged: unknown[] = [];
  const log = pino(
    { base: null, timestamp: false },
    { write: (line: string) => logged.push(JSON.parse(line)) },
  );
  const inventory = new EgressInventory({
    addresses: ['203.0.113.9', '2001:db8:9::/64'].map((text) => ({
      prefix: prefixOf(text),
      uplink: 'wan',
      location: undefined,
    })),
    defaultIpv4: undefined,
    defaultIpv6: undefined,
  });
  const prober = new EgressProber({ inventory, probe, nowMs: () => Date.now(), log });
  prober.start((message) => {
    if (message.type !== 'probe') throw new Error(`Cannot go on: posted ${message.type}`);
    sent.push(message);
    if (reaches(message.egressIndex))
      setTimeout(() => prober.onReply(message.egressIndex, message.token), 20);
  });
  return { prober, sent, logged };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('EgressProber', () => {
  test('probes every target from each address of its family, once an interval', () => {
    const { prober, sent } = openProber(PROBE);
    vi.advanceTimersByTime(2950);
    const targetsFrom = (index: number) =>
      sent.filter(({ egressIndex }) => egressIndex === index).map(({ target }) => target.port);
    expect(targetsFrom(0)).toEqual([0, 443, 0, 443, 0, 443]);
    expect(targetsFrom(1)).toEqual([0, 0, 0]);
    expect(new Set(sent.map(({ token }) => token)).size).toBe(sent.length);
    prober.stop();
  });

  test('calls an address up that is answered, and says so once', () => {
    const { prober, logged } = openProber(PROBE);
    expect(prober.describe(0)).toMatchObject({ state: 'unproven', reason: 'not probed yet' });
    vi.advanceTimersByTime(5000);
    expect(prober.describe(0)).toMatchObject({ state: 'up', reason: 'a probe was answered' });
    expect(prober.health.isUp(0)).toBe(true);
    expect(logged).toMatchObject([
      { level: 30, egress: '203.0.113.9/32', state: 'up' },
      { level: 30, egress: '2001:db8:9::/64', state: 'up' },
    ]);
    prober.stop();
  });

  test('takes an address out of service after as many failures as configured, and only this one (FL-26)', () => {
    let isCut = false;
    const { prober, logged } = openProber(PROBE, (index) => index === 1 || !isCut);
    vi.advanceTimersByTime(2000);
    isCut = true;
    vi.advanceTimersByTime(1900);
    expect(prober.health.isUp(0)).toBe(true);
    vi.advanceTimersByTime(1000);
    expect(prober.health.isUp(0)).toBe(false);
    expect(prober.health.isUp(1)).toBe(true);
    expect(prober.describe(0)).toMatchObject({ reason: 'no answer from any of 2 targets in 500 ms' });
    expect(logged.at(-1)).toMatchObject({ level: 40, state: 'down', egress: '203.0.113.9/32' });
    isCut = false;
    vi.advanceTimersByTime(6000);
    expect(prober.describe(0).state).toBe('up');
    prober.stop();
  });

  test('believes no answer that was not asked for', () => {
    const { prober, sent } = openProber(PROBE, () => false);
    vi.advanceTimersByTime(100);
    const [probe] = sent;
    if (probe === undefined) throw new Error('Cannot go on: nothing was sent');
    prober.onReply(1, probe.token);
    prober.onReply(0, (probe.token + 1) >>> 0);
    expect(prober.describe(0).state).toBe('unproven');
    vi.advanceTimersByTime(450);
    prober.onReply(0, probe.token); // too late
    expect(prober.describe(0).state).toBe('unproven');
    prober.stop();
  });

  test('probes nothing when it is not configured: every address is in service', () => {
    const { prober, sent } = openProber(undefined);
    vi.advanceTimersByTime(60_000);
    expect(sent).toEqual([]);
    expect([prober.health.isUp(0), prober.health.isUp(1)]).toEqual([true, true]);
    prober.stop();
  });

  test('is silent after it was stopped', () => {
    const { prober, sent } = openProber(PROBE);
    vi.advanceTimersByTime(1500);
    prober.stop();
    const before = sent.length;
    vi.advanceTimersByTime(10_000);
    expect(sent).toHaveLength(before);
    expect(vi.getTimerCount()).toBe(0);
  });
});
