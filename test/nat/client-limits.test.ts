import { describe, expect, test } from 'vitest';
import { ClientLimits } from '../../src/nat/client-limits.ts';
import { addressBytes, addressWords } from '../support/address-text.ts';
import { AMPLE_LIMITS } from '../support/nat-fixture.ts';

describe.each([
  ['10.64.0.2', '10.64.0.3'],
  ['fd00:64::2', 'fd00:64:0:0:1::2'],
])('ClientLimits for %s and %s', (one, other) => {
  const client = addressWords(one);
  const neighbour = addressWords(other);

  test('admits a burst at once, then as many as the rate gives, and each client its own (G5)', () => {
    const limits = new ClientLimits({ ...AMPLE_LIMITS, flowRate: 10, flowBurst: 3 });
    const admitted = (words: Uint32Array, nowMs: number) =>
      Array.from({ length: 5 }, () => limits.admit(words, nowMs)).filter((reason) => reason === undefined)
        .length;
    expect(admitted(client, 0)).toBe(3);
    expect(limits.admit(client, 0)).toBe('client-rate-limited');
    expect(admitted(neighbour, 0)).toBe(3);
    expect(admitted(client, 200)).toBe(2);
    expect(admitted(client, 10_000)).toBe(3);
  });

  test('keeps the rate of a client that opens and closes all its flows', () => {
    const limits = new ClientLimits({ ...AMPLE_LIMITS, flowRate: 1, flowBurst: 2 });
    for (let round = 0; round < 2; round++) {
      expect(limits.admit(client, 0)).toBeUndefined();
      limits.open(client, 0, true, 0);
      limits.close(client, 0, 0, true, 0);
    }
    expect(limits.admit(client, 0)).toBe('client-rate-limited');
  });

  test('refuses a flow beyond the limit until one has ended (G5)', () => {
    const limits = new ClientLimits({ ...AMPLE_LIMITS, flows: 2 });
    for (let flow = 0; flow < 2; flow++) {
      expect(limits.refuseFlow(client)).toBeUndefined();
      limits.open(client, 0, true, 0);
    }
    expect(limits.refuseFlow(client)).toBe('client-flows-exhausted');
    expect(limits.refuseFlow(neighbour)).toBeUndefined();
    limits.close(client, 0, 0, true, 0);
    expect(limits.refuseFlow(client)).toBeUndefined();
  });

  test('refuses a port beyond the limit of one egress address, not of another (G4)', () => {
    const limits = new ClientLimits({ ...AMPLE_LIMITS, ports: 2 });
    limits.open(client, 7, true, 0);
    limits.open(client, 7, true, 0);
    limits.open(client, 7, false, 0);
    expect(limits.refusePort(client, 7)).toBe('client-ports-exhausted');
    expect(limits.refusePort(client, 8)).toBeUndefined();
    expect(limits.refusePort(neighbour, 7)).toBeUndefined();
    limits.close(client, 0, 7, false, 0);
    expect(limits.refusePort(client, 7)).toBe('client-ports-exhausted');
    limits.close(client, 0, 7, true, 0);
    expect(limits.refusePort(client, 7)).toBeUndefined();
  });

  test('tells who has flows, and the ports of the egress address it has most of', () => {
    const limits = new ClientLimits(AMPLE_LIMITS);
    limits.admit(client, 0);
    for (const egress of [7, 7, 8]) limits.open(neighbour, egress, true, 0);
    expect(limits.uses(10)).toEqual([{ address: addressBytes(other), flows: 3, ports: 2 }]);
    limits.open(client, 7, true, 0);
    expect(limits.uses(10).map(({ flows }) => flows)).toEqual([3, 1]);
    expect(limits.uses(1)).toHaveLength(1);
    limits.close(client, 0, 7, true, 0);
    expect(limits.uses(10).map(({ address }) => address)).toEqual([addressBytes(other)]);
  });
});

test('ClientLimits forgets clients that have long been able to open a whole burst', () => {
  const limits = new ClientLimits({ ...AMPLE_LIMITS, flowRate: 1, flowBurst: 10 });
  for (let number = 1; number <= 1000; number++)
    limits.admit(Uint32Array.of(0, 0, 0, 0x0a40_0000 + number), 0);
  expect(limits.size).toBe(1000);
  for (let number = 1; number <= 600; number++)
    limits.admit(Uint32Array.of(0, 0, 0, 0x0a50_0000 + number), 11_000);
  expect(limits.size).toBe(600);
});

test('ClientLimits remembers a bounded number of clients that come within a moment (FL-04)', () => {
  const limits = new ClientLimits(AMPLE_LIMITS);
  for (let number = 1; number <= 70_000; number++) limits.admit(Uint32Array.of(0, 0, 0, number), 0);
  expect(limits.size).toBe(65_536);
});
