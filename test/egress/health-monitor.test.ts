import { beforeEach, describe, expect, test } from 'vitest';
import { EgressHealth } from '../../src/egress/egress-health.ts';
import { HealthMonitor, type HealthReport } from '../../src/egress/health-monitor.ts';

let health: EgressHealth;
let changes: HealthReport[];
let monitor: HealthMonitor;

beforeEach(() => {
  health = EgressHealth.create(2);
  changes = [];
  monitor = new HealthMonitor(health, { failAfter: 3, recoverAfter: 2, minDownMs: 1_000 }, (report) =>
    changes.push(report),
  );
});

describe('HealthMonitor', () => {
  test('HealthMonitor proves an address with its first good round', () => {
    rounds('+', 0);
    expect(health.state(0)).toBe('up');
  });

  test.each([
    ['--', 'unproven'],
    ['---', 'down'],
    ['+--', 'up'],
    ['+--+--', 'up'],
    ['+---', 'down'],
    ['---+', 'down'],
    ['---+-+', 'down'],
    ['---++', 'resting'],
    ['---++-', 'resting'],
    ['---++---', 'down'],
  ])('HealthMonitor after the rounds %s says %s', (signs, state) => {
    rounds(signs, 0);
    expect(health.state(0)).toBe(state);
    expect(health.state(1)).toBe('unproven');
  });

  test('HealthMonitor takes an address back after enough good rounds and the least rest', () => {
    rounds('---', 0);
    rounds('+++', 300);
    expect(health.state(0)).toBe('resting');
    expect(health.isUp(0)).toBe(false);
    expect(health.answers(0)).toBe(true);
    rounds('+', 1_300);
    expect(health.state(0)).toBe('up');
  });

  test('HealthMonitor keeps an address that flaps out of service twice as long each time (FL-26)', () => {
    const rests: number[] = [];
    let now = 0;
    for (let fall = 0; fall < 4; fall++) {
      rounds('---', now);
      const downAt = now + 200;
      now = downAt;
      while (!health.isUp(0)) {
        now += 100;
        rounds('+', now);
      }
      rests.push(now - downAt);
      now += 100;
    }
    expect(rests).toEqual([1_000, 2_000, 4_000, 8_000]);
  });

  test('HealthMonitor forgives old falls', () => {
    rounds('---', 0);
    rounds('++', 5_000);
    rounds('---', 200_000);
    rounds('++', 201_100);
    expect(health.isUp(0)).toBe(true);
    expect(changes.map(({ state }) => state)).toEqual(['down', 'up', 'down', 'up']);
    expect(changes.map(({ falls }) => falls)).toEqual([1, 1, 2, 2]);
  });

  test('HealthMonitor says since when and why', () => {
    expect(monitor.describe(0)).toEqual({
      index: 0,
      state: 'unproven',
      sinceMs: undefined,
      reason: 'not probed yet',
      falls: 0,
    });
    for (const now of [10, 20, 30]) monitor.report(0, false, now, 'no target answered in 500 ms');
    const report = { index: 0, state: 'down', sinceMs: 30, reason: 'no target answered in 500 ms', falls: 1 };
    expect(monitor.describe(0)).toEqual(report);
    expect(changes).toEqual([report]);
  });
});

/** One round every 100 ms. */
function rounds(signs: string, from: number): void {
  [...signs].forEach((sign, turn) => {
    monitor.report(0, sign === '+', from + turn * 100, sign === '+' ? 'answered' : 'silent');
  });
}
