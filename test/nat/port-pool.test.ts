import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listPorts, PortPool } from '../../src/nat/port-pool.ts';
import { ALL_NAT_PORTS } from '../../src/nat/port-pools.ts';
import { createSecureRandom } from '../../src/nat/random.ts';

const REST = 120;
const EVERY_PORT = listPorts(ALL_NAT_PORTS);

function createPool(usable: Uint16Array = EVERY_PORT): PortPool {
  return new PortPool(usable, REST, createSecureRandom());
}

describe('PortPool', () => {
  test('U3 U4 G13 gives out every port from 1024 on once, then -1', () => {
    const pool = createPool();
    const ports = Array.from({ length: 64_512 }, () => pool.take(0));
    expect(new Set(ports).size).toBe(64_512);
    expect(Math.min(...ports.slice(0, 60_000), ...ports.slice(60_000))).toBe(1024);
    expect([pool.inUse, pool.capacity]).toEqual([64_512, 64_512]);
    expect([pool.take(0), pool.take(1_000_000)]).toEqual([-1, -1]);
  });

  test('FL-02 recovers from exhaustion with exactly the ports that came back', () => {
    const pool = createPool(listPorts([[5000, 5009]]));
    for (let index = 0; index < 10; index++) pool.take(0);
    pool.release(5003, 0, true);
    expect([pool.take(0), pool.take(0)]).toEqual([5003, -1]);
  });

  test('P9 gives out a port that is asked for if it is usable and free, and has rested', () => {
    const pool = createPool(listPorts([[5000, 5009]]));
    expect([pool.takeExactly(4999, 0), pool.takeExactly(5003, 0)]).toEqual([false, true]);
    expect(pool.takeExactly(5003, 0)).toBe(false);
    expect(pool.inUse).toBe(1);
    const others = Array.from({ length: 9 }, () => pool.take(0));
    expect(others).not.toContain(5003);
    expect(pool.take(0)).toBe(-1);
    pool.release(5003, 0, false);
    expect([pool.takeExactly(5003, REST - 1), pool.takeExactly(5003, REST)]).toEqual([false, true]);
  });

  test('keeps to its ranges, ends included', () => {
    const pool = createPool(
      listPorts([
        [1024, 1026],
        [65_534, 65_535],
      ]),
    );
    const ports = Array.from({ length: 6 }, () => pool.take(0));
    expect(ports.sort((one, other) => one - other)).toEqual([-1, 1024, 1025, 1026, 65_534, 65_535]);
  });

  test('has nothing to give when no port is usable', () => {
    expect(createPool(listPorts([])).take(0)).toBe(-1);
  });

  test('G8 lets a port rest for 120 seconds', () => {
    const pool = createPool(listPorts([[5000, 5000]]));
    pool.take(0);
    pool.release(5000, 1000, false);
    expect([pool.inUse, pool.take(1000), pool.take(1119), pool.take(1120)]).toEqual([0, -1, -1, 5000]);
  });

  test('G8 needs no rest after a clean end', () => {
    const pool = createPool(listPorts([[5000, 5000]]));
    pool.take(0);
    pool.release(5000, 1000, true);
    expect(pool.take(1000)).toBe(5000);
  });

  test('G8 P4 lets a port rest that was shared, whoever of its holders came to a clean end', () => {
    const pool = createPool(listPorts([[5000, 5000]]));
    pool.take(0);
    expect(pool.share(() => true)).toBe(5000);
    pool.release(5000, 1000, false);
    pool.release(5000, 1001, true);
    expect([pool.inUse, pool.shared, pool.take(1001), pool.take(1121)]).toEqual([0, 0, -1, 5000]);
    pool.release(5000, 1122, true);
    expect(pool.take(1122)).toBe(5000);
  });

  test('P4 is not scarce any more as soon as ports have rested', () => {
    const pool = createPool(listPorts([[5000, 5009]]));
    for (const port of Array.from({ length: 9 }, () => pool.take(0))) pool.release(port, 0, false);
    expect([pool.isScarce(REST - 1), pool.isScarce(REST)]).toEqual([true, false]);
  });

  test('P9 X6 chooses evenly over the whole range', () => {
    const pool = createPool();
    const buckets = new Uint32Array(63);
    for (let draw = 0; draw < 20_160; draw++) {
      const port = pool.take(0);
      const bucket = Math.floor((port - 1024) / 1024);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      pool.release(port, 0, true);
    }
    // 320 expected in each of 63; chi-square of 62 degrees of freedom is below 121 but once in 100,000.
    expect(buckets.reduce((sum, count) => sum + (count - 320) ** 2 / 320, 0)).toBeLessThan(121);
  });

  test('P9 hardly ever chooses neighbours one after the other', () => {
    const pool = createPool();
    const ports = Array.from({ length: 2000 }, () => pool.take(0));
    const near = ports.filter((port, index) => index > 0 && Math.abs(port - (ports[index - 1] ?? 0)) < 16);
    expect(near.length).toBeLessThan(10); // one expected
  });

  test('P9 U12 G15 stays hard to guess with 99 of 100 ports taken', () => {
    const pool = createPool();
    const ports = Array.from({ length: 63_867 }, () => pool.take(0));
    expect(new Set(ports).size).toBe(63_867);
    const taken = new Set(ports);
    const seen = new Set<number>();
    for (let draw = 0; draw < 2000; draw++) {
      const port = pool.take(0);
      expect(taken.has(port)).toBe(false);
      seen.add(port);
      pool.release(port, 0, true);
    }
    expect(seen.size).toBeGreaterThan(400); // of 645 that are free
  });

  test('FL-02 takes the last ports in a time that does not hurt', () => {
    const pool = createPool();
    for (let index = 0; index < 64_000; index++) pool.take(0);
    const before = performance.now();
    for (let index = 0; index < 512; index++) expect(pool.take(0)).toBeGreaterThan(0);
    expect(performance.now() - before).toBeLessThan(1000);
  });

  const step = fc.oneof(
    fc.record({ do: fc.constant('take' as const) }),
    fc.record({ do: fc.constant('release' as const), pick: fc.nat(1000), clean: fc.boolean() }),
    fc.record({ do: fc.constant('wait' as const), seconds: fc.nat(70) }),
  );

  test('U3 G8 agrees with a model of taken and resting ports', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const pool = createPool(listPorts([[2000, 2011]]));
        const taken: number[] = [];
        const resting = new Map<number, number>(); // port → free again
        let now = 0;
        for (const action of steps) {
          if (action.do === 'wait') now += action.seconds;
          else if (action.do === 'take') {
            for (const [port, until] of resting) if (until <= now) resting.delete(port);
            const port = pool.take(now);
            if (taken.length + resting.size === 12) expect(port).toBe(-1);
            else {
              expect(port).toBeGreaterThanOrEqual(2000);
              expect(port).toBeLessThanOrEqual(2011);
              expect(taken).not.toContain(port);
              expect(resting.has(port)).toBe(false);
              taken.push(port);
            }
          } else if (taken.length > 0) {
            const [port = 0] = taken.splice(action.pick % taken.length, 1);
            pool.release(port, now, action.clean);
            if (!action.clean) resting.set(port, now + REST);
          }
          expect(pool.inUse).toBe(taken.length);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('listPorts lists the ports of every range once', () => {
  expect([...listPorts([[10, 12]]), ...listPorts([]), ...listPorts([[65_535, 65_535]])]).toEqual([
    10, 11, 12, 65_535,
  ]);
});
