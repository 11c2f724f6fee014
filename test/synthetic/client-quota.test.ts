import { describe, expect, it } from 'vitest';
import { ClientQuota } from '../../src/synthetic/client-quota.ts';

/** How many slots the client gets when it takes all it may. */
function takeAll(quota: ClientQuota, client: string, nowMs: number): number {
  let taken = 0;
  while (quota.allows(client, nowMs)) {
    quota.charge(client, nowMs);
    taken++;
  }
  return taken;
}

describe('ClientQuota', () => {
  it('ClientQuota lets a client burst and then holds it to its rate', () => {
    const quota = new ClientQuota({ leases: 100, leasesPerSecond: 10, burst: 20 });
    expect(takeAll(quota, 'eve', 0)).toBe(20);
    expect(takeAll(quota, 'eve', 500)).toBe(5);
    expect(takeAll(quota, 'eve', 60_000)).toBe(20);
  });

  it('ClientQuota bounds what a client holds, however long it waits', () => {
    const quota = new ClientQuota({ leases: 7, leasesPerSecond: 100, burst: 100 });
    expect(takeAll(quota, 'eve', 0)).toBe(7);
    expect(takeAll(quota, 'eve', 3_600_000)).toBe(0);
    quota.refund('eve');
    expect(takeAll(quota, 'eve', 3_600_000)).toBe(1);
  });

  it('ClientQuota holds one client’s greed against nobody else', () => {
    const quota = new ClientQuota({ leases: 5, leasesPerSecond: 5, burst: 5 });
    takeAll(quota, 'eve', 0);
    expect(takeAll(quota, 'alice', 0)).toBe(5);
  });
});
