import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EgressInventory } from '../../src/egress/egress-inventory.ts';
import type { ProbeConfig } from '../../src/gateway/config/config.ts';
import { HealthDesk } from '../../src/gateway/health-desk.ts';
import type { ToWorker } from '../../src/gateway/worker/worker-protocol.ts';
import { addressBytes } from '../support/address-text.ts';
import { prefixOf } from '../support/policy-fixture.ts';

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

/** A desk for one IPv4 and one IPv6 address; `reaches` says which egress address gets answers. */
function openDesk(probe: ProbeConfig | undefined, reaches: (index: number) => boolean = () => true) {
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
  const desk = new HealthDesk({ inventory, probe, nowMs: () => Date.now(), log });
  desk.start((message) => {
    if (message.type !== 'probe') throw new Error(`Cannot go on: posted ${message.type}`);
    sent.push(message);
    if (reaches(message.egressIndex)) setTimeout(() => desk.onReply(message.egressIndex, message.token), 20);
  });
  return { desk, sent, logged };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('HealthDesk', () => {
  test('probes every target from each address of its family, once an interval', () => {
    const { desk, sent } = openDesk(PROBE);
    vi.advanceTimersByTime(2950);
    const targetsFrom = (index: number) =>
      sent.filter(({ egressIndex }) => egressIndex === index).map(({ target }) => target.port);
    expect(targetsFrom(0)).toEqual([0, 443, 0, 443, 0, 443]);
    expect(targetsFrom(1)).toEqual([0, 0, 0]);
    expect(new Set(sent.map(({ token }) => token)).size).toBe(sent.length);
    desk.stop();
  });

  test('calls an address up that is answered, and says so once', () => {
    const { desk, logged } = openDesk(PROBE);
    expect(desk.describe(0)).toMatchObject({ state: 'unproven', reason: 'not probed yet' });
    vi.advanceTimersByTime(5000);
    expect(desk.describe(0)).toMatchObject({ state: 'up', reason: 'a probe was answered' });
    expect(desk.health.isUp(0)).toBe(true);
    expect(logged).toMatchObject([
      { level: 30, egress: '203.0.113.9/32', state: 'up' },
      { level: 30, egress: '2001:db8:9::/64', state: 'up' },
    ]);
    desk.stop();
  });

  test('takes an address out of service after as many failures as configured, and only this one (FL-26)', () => {
    let isCut = false;
    const { desk, logged } = openDesk(PROBE, (index) => index === 1 || !isCut);
    vi.advanceTimersByTime(2000);
    isCut = true;
    vi.advanceTimersByTime(1900);
    expect(desk.health.isUp(0)).toBe(true);
    vi.advanceTimersByTime(1000);
    expect(desk.health.isUp(0)).toBe(false);
    expect(desk.health.isUp(1)).toBe(true);
    expect(desk.describe(0)).toMatchObject({ reason: 'no answer from any of 2 targets in 500 ms' });
    expect(logged.at(-1)).toMatchObject({ level: 40, state: 'down', egress: '203.0.113.9/32' });
    isCut = false;
    vi.advanceTimersByTime(6000);
    expect(desk.describe(0).state).toBe('up');
    desk.stop();
  });

  test('believes no answer that was not asked for', () => {
    const { desk, sent } = openDesk(PROBE, () => false);
    vi.advanceTimersByTime(100);
    const [probe] = sent;
    if (probe === undefined) throw new Error('Cannot go on: nothing was sent');
    desk.onReply(1, probe.token);
    desk.onReply(0, (probe.token + 1) >>> 0);
    expect(desk.describe(0).state).toBe('unproven');
    vi.advanceTimersByTime(450);
    desk.onReply(0, probe.token); // too late
    expect(desk.describe(0).state).toBe('unproven');
    desk.stop();
  });

  test('probes nothing when it is not configured: every address is in service', () => {
    const { desk, sent } = openDesk(undefined);
    vi.advanceTimersByTime(60_000);
    expect(sent).toEqual([]);
    expect([desk.health.isUp(0), desk.health.isUp(1)]).toEqual([true, true]);
    desk.stop();
  });

  test('is silent after it was stopped', () => {
    const { desk, sent } = openDesk(PROBE);
    vi.advanceTimersByTime(1500);
    desk.stop();
    const before = sent.length;
    vi.advanceTimersByTime(10_000);
    expect(sent).toHaveLength(before);
    expect(vi.getTimerCount()).toBe(0);
  });
});
