import { describe, expect, test } from 'vitest';
import { NatUse } from '../../src/nat/nat-use.ts';
import { PortPools } from '../../src/nat/port-pools.ts';
import { createSecureRandom } from '../../src/nat/random.ts';
import { addressWords } from '../support/address-text.ts';

const ONE = addressWords('203.0.113.5');
const OTHER = addressWords('2001:db8:e::5');

describe('PortPools', () => {
  test('P6 keeps a pool for each address and protocol', () => {
    const pools = new PortPools(120, createSecureRandom(), NatUse.create(5));
    const pool = pools.poolOf(0, ONE, 0, 6);
    expect(pools.poolOf(0, Uint32Array.of(7, ...ONE), 1, 6)).toBe(pool);
    expect(pools.poolOf(0, ONE, 0, 17)).not.toBe(pool);
    expect(pools.poolOf(0, OTHER, 0, 6)).not.toBe(pool);
  });

  test('U4 uses every port from 1024 on', () => {
    expect(new PortPools(120, createSecureRandom(), NatUse.create(5)).poolOf(0, ONE, 0, 6).capacity).toBe(
      64_512,
    );
  });

  test('leaves to the host what is not in the range of a shared address', () => {
    const pools = new PortPools(120, createSecureRandom(), NatUse.create(5));
    pools.restrict(3, [[40_000, 40_001]]);
    const pool = pools.poolOf(3, ONE, 0, 6);
    expect([pool.take(0), pool.take(0)].sort()).toEqual([40_000, 40_001]);
    expect(pool.take(0)).toBe(-1);
    expect(pools.poolOf(4, OTHER, 0, 6).capacity).toBe(64_512);
  });

  test('divides the ports of an address among workers: each has one, and all have as many', () => {
    const shares = [0, 1, 2].map((worker) => {
      const pools = new PortPools(120, createSecureRandom(), NatUse.create(5));
      pools.restrict(3, [[40_000, 40_008]], { worker, workers: 3 });
      const pool = pools.poolOf(3, ONE, 0, 6);
      const ports = Array.from({ length: pool.capacity }, () => pool.take(0));
      expect(ports.every((port) => port % 3 === worker)).toBe(true);
      expect(ports).toContain(pools.draw(3));
      return ports;
    });
    expect(shares.map(({ length }) => length)).toEqual([3, 3, 3]);
    expect(new Set(shares.flat()).size).toBe(9);
  });

  test('draws any port of an address, and 0 where none may be used', () => {
    const pools = new PortPools(120, createSecureRandom(), NatUse.create(5));
    pools.restrict(3, []);
    expect(pools.draw(3)).toBe(0);
    expect(pools.draw(4)).toBeGreaterThanOrEqual(1024);
  });

  test('FL-04 forgets a pool when its last port has rested, and no other', () => {
    const use = NatUse.create(5);
    const pools = new PortPools(120, createSecureRandom(), use);
    pools.poolOf(1, OTHER, 0, 17).take(1000);
    for (let client = 0; client < 500; client++) {
      const pool = pools.poolOf(0, Uint32Array.of(1, 2, 3, client), 0, 17);
      pool.release(pool.take(1000), 1000, false);
    }
    pools.advance(1100);
    expect(pools.count).toBe(501);
    expect(use.portsOf(0)).toMatchObject({ used: 0 });
    pools.advance(1121); // too soon to look again
    expect(pools.count).toBe(501);
    pools.advance(1160);
    expect(pools.count).toBe(1);
    expect(use.portsOf(1)).toEqual({ flows: 0, used: 1, shared: 0, capacity: 64_512 });
    expect(use.portsOf(0)).toEqual({ flows: 0, used: 0, shared: 0, capacity: 0 });
  });
});
