import { describe, expect, test } from 'vitest';
import type { LeaseFacts } from '../../../src/gateway/datapath/admission/lease-book.ts';
import { LeaseIssuer } from '../../../src/gateway/names/lease-issuer.ts';
import { compileRules } from '../../../src/policy/rules/compile-rules.ts';
import { type LeaseHistory, SlotSupply } from '../../../src/synthetic/slot-supply.ts';
import { formatAddress } from '../../../src/wire/address.ts';
import { addressBytes } from '../../support/address-text.ts';
import { prefixOf } from '../../support/policy-fixture.ts';
import { makeConfig } from '../host/host-fixture.ts';

const CLIENT = addressBytes('10.64.0.2');

/** A issuer, and everything it does in the order in which it does it. */
function openIssuer(change: Parameters<typeof makeConfig>[0] = {}, history: LeaseHistory = 'none') {
  const log: string[] = [];
  const posted: LeaseFacts[] = [];
  const clock = { nowMs: 1_000_000 };
  const applications = { current: [1] };
  /** As `LeasePersistence` does, it knows that the disk has failed when something could not be written. */
  const disk = { takes: true, isKept: true };
  const write = () => {
    disk.isKept = disk.takes;
    return disk.takes;
  };
  const issuer = new LeaseIssuer({
    config: makeConfig(change),
    policy: () => ({
      compiled: compileRules([], []),
      catalog: {
        lookup: () => ({ applicationIds: applications.current, applicationTypeIds: [], categoryIds: [] }),
      },
    }),
    geolocation: () => ({
      lookup: (address) => ({ country: `C${address.at(-1)}`, continent: 'EU', isTor: false }),
    }),
    persistence: {
      restored: [],
      history,
      get isKept() {
        return disk.isKept;
      },
      put: ({ hostname, resting }) => {
        log.push(`disk ${disk.takes ? '' : 'does not take '}${hostname}${resting ? ' rests' : ''}`);
        return write();
      },
      remove: (slot) => {
        log.push(`disk forgets ${slot}`);
        return write();
      },
      forgetLoss: () => log.push('disk forgets its loss'),
      catchUp: () => {},
    },
    post: (message) => {
      if (message.type === 'lease') log.push(`worker ${JSON.stringify(message.lease.hostname)}`);
      else log.push(`worker ${message.type}`);
      if (message.type === 'lease') posted.push(message.lease);
    },
    nowMs: () => clock.nowMs,
    lookUp: () => Promise.resolve(undefined),
  });
  const ask = (hostname: string, ...addresses: string[]) =>
    issuer.synthesize({
      hostname,
      family: addresses[0]?.includes(':') ? 6 : 4,
      addresses: addresses.map(addressBytes),
      aliases: ['cdn.example.net', 'edge.example.org'],
      ttlSeconds: 60,
      client: CLIENT,
    });
  return { issuer, log, posted, clock, applications, disk, ask };
}

function addressOf(result: ReturnType<LeaseIssuer['synthesize']>): string {
  if (typeof result === 'string') throw new Error(`Cannot go on: ${result}`);
  return formatAddress(result.address);
}

describe('LeaseIssuer', () => {
  test('has told disk and workers, in this order, when it returns the address', () => {
    const { issuer, log, posted, ask } = openIssuer();
    const address = addressOf(ask('www.bank.example.com', '192.0.2.1', '192.0.2.2'));
    expect(log).toEqual(['disk www.bank.example.com', 'worker "www.bank.example.com"']);
    expect(posted).toMatchObject([
      {
        domains: ['www.bank.example.com', 'bank.example.com', 'example.com', 'com'],
        applicationIds: [1],
        ipv4: addressBytes(address),
        real4: ['192.0.2.1', '192.0.2.2'].map(addressBytes),
        geo4: [{ country: 'C1' }, { country: 'C2' }],
        real6: [],
      },
    ]);
    expect(issuer.nameOf(addressBytes(address), CLIENT)).toBe('www.bank.example.com');
  });

  test('lets an address be told again for half a lease, when anybody may use it', () => {
    const { issuer, ask } = openIssuer();
    const result = ask('bank.example.com', '192.0.2.1');
    const lease = issuer.pool.find('bank.example.com')?.slot;
    expect(result).toMatchObject({ reuse: { lease, forMs: 300_000 } });
  });

  test('does not let an address be told again that is for its client alone (S4)', () => {
    const { synthetic } = makeConfig();
    const { ask } = openIssuer({ synthetic: { ...synthetic, leaseScope: 'client' } });
    expect(ask('bank.example.com', '192.0.2.1')).toMatchObject({ reuse: undefined });
  });

  test('tells nothing twice that has not changed', () => {
    const { log, ask } = openIssuer();
    const first = ask('bank.example.com', '192.0.2.1');
    const before = log.length;
    expect(ask('bank.example.com', '192.0.2.1')).toEqual(first);
    expect(log).toHaveLength(before);
  });

  test('tells new real addresses, and gives the same synthetic one', () => {
    const { posted, ask } = openIssuer();
    const first = addressOf(ask('bank.example.com', '192.0.2.1'));
    expect(addressOf(ask('bank.example.com', '192.0.2.9'))).toBe(first);
    expect(posted.at(-1)).toMatchObject({ real4: [addressBytes('192.0.2.9')] });
  });

  test('keeps both families of a name in one lease', () => {
    const { issuer, posted, ask } = openIssuer();
    const ipv4 = addressOf(ask('bank.example.com', '192.0.2.1'));
    const ipv6 = addressOf(ask('bank.example.com', '2001:db8:2::1'));
    expect(issuer.records()).toEqual([
      {
        host: 'bank.example.com',
        ipv4,
        ipv6,
        real4: ['192.0.2.1'],
        real6: ['2001:db8:2::1'],
        expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
        flows: 0,
      },
    ]);
    expect(posted.at(-1)).toMatchObject({ ipv4: addressBytes(ipv4), ipv6: addressBytes(ipv6) });
  });

  test('has no address of a family that nothing can leave with (FL-47)', () => {
    const { egress } = makeConfig();
    const { log, ask } = openIssuer({ egress: { ...egress, addresses: egress.addresses.slice(0, 1) } });
    expect(ask('bank.example.com', '2001:db8:2::1')).toBe('unavailable');
    expect(log).toEqual([]);
    expect(ask('bank.example.com', '192.0.2.1')).toMatchObject({ ttlSeconds: 60 });
  });

  test('has no address of a family without a synthetic range', () => {
    const { synthetic } = makeConfig();
    const { log, ask } = openIssuer({ synthetic: { ...synthetic, ipv6: undefined } });
    expect(ask('bank.example.com', '2001:db8:2::1')).toBe('unavailable');
    expect(log).toEqual([]);
  });

  test('says that it is exhausted, and takes nothing from the names that have an address (FL-11)', () => {
    const { synthetic } = makeConfig();
    const { issuer, log, ask } = openIssuer({ synthetic: { ...synthetic, ipv4: prefixOf('100.80.0.0/30') } });
    const first = addressOf(ask('a.example.com', '192.0.2.1'));
    const before = log.length;
    expect(ask('b.example.com', '192.0.2.1')).toBe('exhausted');
    expect(log).toHaveLength(before);
    expect(addressOf(ask('a.example.com', '192.0.2.1'))).toBe(first);
    expect(first).toBe('100.80.0.2'); // .0 and .3 are no addresses, .1 is the resolver's own
    expect(issuer.records()).toHaveLength(1);
  });

  test('tells disk and workers of a lease that ran out', () => {
    const { issuer, log, clock, ask } = openIssuer();
    const address = addressOf(ask('bank.example.com', '192.0.2.1'));
    clock.nowMs += 600_001;
    issuer.sweep();
    expect(log.slice(2)).toEqual(['disk bank.example.com rests', 'worker lease-gone']);
    expect(issuer.nameOf(addressBytes(address), CLIENT)).toBeUndefined();
    expect(issuer.records()).toEqual([]);
  });

  test('gives a name its resting address again, and tells the workers so', () => {
    const { issuer, log, clock, ask } = openIssuer();
    const address = addressOf(ask('bank.example.com', '192.0.2.1'));
    clock.nowMs += 600_001;
    issuer.sweep();
    expect(addressOf(ask('bank.example.com', '192.0.2.1'))).toBe(address);
    expect(log.at(-1)).toBe('worker "bank.example.com"');
  });

  test('tells all leases anew with what the catalog says now', () => {
    const { issuer, posted, applications, ask } = openIssuer();
    ask('a.example.com', '192.0.2.1');
    ask('b.example.com', '192.0.2.1');
    applications.current = [2, 3];
    issuer.republish();
    expect(posted.slice(2)).toMatchObject([{ applicationIds: [2, 3] }, { applicationIds: [2, 3] }]);
  });

  test('lets each client use a lease before it knows, and tells its name to no other, when leases are for clients (S4)', () => {
    const { synthetic } = makeConfig();
    const { issuer, log, ask } = openIssuer({ synthetic: { ...synthetic, leaseScope: 'client' } });
    const address = addressBytes(addressOf(ask('bank.example.com', '192.0.2.1')));
    expect(log.slice(1)).toEqual(['worker "bank.example.com"', 'worker lease-holder']);
    ask('bank.example.com', '192.0.2.1');
    expect(log).toHaveLength(3);
    expect(issuer.nameOf(address, CLIENT)).toBe('bank.example.com');
    expect(issuer.nameOf(address, addressBytes('10.64.0.3'))).toBeUndefined();
  });

  test('leases nothing for an exempt name, nor gives it addresses of a family without egress', () => {
    const { resolver, egress } = makeConfig();
    const addresses = egress.addresses.slice(0, 1);
    const { log, ask } = openIssuer({
      resolver: { ...resolver, exempt: ['example.com'] },
      egress: { ...egress, addresses },
    });
    expect(ask('bank.example.com', '192.0.2.1')).toBe('exempt');
    expect(ask('bank.example.com', '2001:db8:2::1')).toBe('unavailable');
    expect(log).toEqual([]);
  });

  test('gives a new name a spare address when the disk takes no more, and takes back what it could not write (FL-31)', () => {
    const { issuer, log, posted, disk, ask } = openIssuer();
    disk.takes = false;
    const address = addressOf(ask('bank.example.com', '192.0.2.1'));
    const { slot = -1 } = issuer.pool.find('bank.example.com') ?? {};
    expect(SlotSupply.isSpare(slot)).toBe(true);
    expect(issuer.pool.capacity.live).toBe(1);
    // Workers hear of the address that is answered and of no other.
    expect(log.filter((line) => line.startsWith('worker'))).toEqual(['worker "bank.example.com"']);
    expect(posted).toMatchObject([{ ipv4: addressBytes(address) }]);
  });

  test('goes on with the names that have an address while the disk takes nothing (FL-31)', () => {
    const { posted, disk, ask } = openIssuer();
    const address = addressOf(ask('bank.example.com', '192.0.2.1'));
    disk.takes = false;
    expect(addressOf(ask('bank.example.com', '192.0.2.9'))).toBe(address);
    expect(posted.at(-1)).toMatchObject({ real4: [addressBytes('192.0.2.9')] });
  });

  test('holds no rule against CNAME targets unless it is told to (S5)', () => {
    const { posted, issuer, ask } = openIssuer();
    ask('bank.example.com', '192.0.2.1');
    expect(posted).toMatchObject([{ hostname: 'bank.example.com', aliases: [] }]);
    expect(issuer.pool.find('bank.example.com')?.real4?.aliases).toEqual([]);
  });

  test('tells workers the CNAME targets of both families, and remembers them (S5)', () => {
    const { resolver } = makeConfig();
    const { issuer, posted, ask } = openIssuer({ resolver: { ...resolver, matchCnameTargets: true } });
    ask('bank.example.com', '192.0.2.1');
    ask('bank.example.com', '2001:db8:2::1');
    const aliases = ['cdn.example.net', 'edge.example.org'];
    expect(posted.at(-1)).toMatchObject({ hostname: 'bank.example.com', aliases });
    expect(posted.at(-1)?.domains).toEqual([
      ...['bank.example.com', 'example.com', 'com'],
      ...['cdn.example.net', 'example.net', 'net', 'edge.example.org', 'example.org', 'org'],
    ]);
    expect([...issuer.pool.remembered()]).toMatchObject([{ real4: { aliases }, real6: { aliases } }]);
  });

  test('tells the disk when what it had lost has rested (FL-31)', () => {
    const { issuer, log, clock } = openIssuer({}, 'lost');
    clock.nowMs += 599_999;
    issuer.sweep();
    expect(log).toEqual([]);
    clock.nowMs += 1;
    issuer.sweep();
    issuer.sweep();
    expect(log).toEqual(['disk forgets its loss']);
  });

  test('says when a lease ends at the earliest', () => {
    const { issuer, ask } = openIssuer();
    ask('bank.example.com', '192.0.2.1');
    const [record] = issuer.records();
    const leftMs = Date.parse(record?.expiresAt ?? '') - Date.now();
    expect(leftMs).toBeGreaterThan(590_000);
    expect(leftMs).toBeLessThanOrEqual(600_000);
  });
});
