import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PortSpan, planOwnership, subtractPorts } from '../../../src/gateway/host/egress-ownership.ts';
import { makeConfig, parseAddresses } from './host-fixture.ts';

describe('planOwnership', () => {
  const localPorts = { first: 32_768, last: 60_999 };

  test('leaves the kernel its own ports and host_ports of an address the host has as well', () => {
    const addresses = parseAddresses('198.51.100.1', '10.64.0.1', '2001:db8:9::5');
    const [own, shared, prefix] = planOwnership(makeConfig(), { addresses, localPorts });
    expect(own).toMatchObject({ uplink: 'wan', shared: [], natPorts: [{ first: 1024, last: 65_535 }] });
    const natPorts = [
      { first: 1024, last: 8442 },
      { first: 8444, last: 32_767 },
      { first: 61_000, last: 65_535 },
    ];
    expect(shared).toMatchObject({ shared: parseAddresses('198.51.100.1'), natPorts });
    expect(prefix).toMatchObject({ shared: parseAddresses('2001:db8:9::5'), natPorts });
  });
});

describe('subtractPorts', () => {
  const range = fc
    .tuple(fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 0, max: 65_535 }))
    .map(([one, other]): PortSpan => ({ first: Math.min(one, other), last: Math.max(one, other) }));

  test('keeps exactly the ports from 1024 on that are not taken', () => {
    const has = (ranges: readonly PortSpan[], port: number) =>
      ranges.some(({ first, last }) => first <= port && port <= last);
    fc.assert(
      fc.property(fc.array(range, { maxLength: 6 }), fc.integer({ min: 0, max: 65_535 }), (taken, port) => {
        expect(has(subtractPorts(taken), port)).toBe(port >= 1024 && !has(taken, port));
      }),
    );
  });

  test('gives ranges that are ascending and apart', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 6 }), (taken) => {
        const left = subtractPorts(taken);
        expect(left.every(({ first, last }) => first <= last)).toBe(true);
        expect(left.slice(1).every(({ first }, index) => first > (left[index]?.last ?? 0) + 1)).toBe(true);
      }),
    );
  });
});
