/** A resolver over a real pool that is full, or of which a client has had its share (FL-11). */
import { expect, test, vi } from 'vitest';
import { LeaseIssuer } from '../../../src/gateway/names/lease-issuer.ts';
import { compileRules } from '../../../src/policy/rules/compile-rules.ts';
import { DEFAULT_QUOTA } from '../../../src/synthetic/client-quota.ts';
import { type Prefix, parsePrefix } from '../../../src/wire/address.ts';
import { extendedError, type Lab, startLab } from '../../resolver/support/lab.ts';
import { makeConfig } from '../host/host-fixture.ts';

/** RFC 8914: other. */
const OTHER_ERROR = 0;
const REAL = '192.0.2.198';

/** Every name but one exists, at one real address; some are found when `slowly` says so. */
async function startOver(ipv4: Prefix | undefined) {
  const clock = { nowMs: 1_000_000 };
  const slowly = Promise.withResolvers<void>();
  const { synthetic } = makeConfig();
  const issuer = new LeaseIssuer({
    config: makeConfig({ synthetic: { ...synthetic, ipv4, leaseMs: 60_000, quarantineMs: 600_000 } }),
    policy: () => POLICY,
    geolocation: () => ({ lookup: () => undefined }),
    persistence: {
      restored: [],
      history: 'none',
      isKept: true,
      put: () => true,
      remove: () => true,
      forgetLoss: () => {},
      catchUp: () => {},
    },
    post: () => {},
    nowMs: () => clock.nowMs,
    lookUp: () => Promise.resolve(undefined),
  });
  const lab = await startLab(
    [
      async ({ question: { name } }) => {
        if (name.startsWith('none')) return { rcode: 3 };
        if (name.startsWith('slow')) await slowly.promise;
        return { answers: [{ type: 'A', name, ttl: 60, data: REAL }] };
      },
    ],
    { synthesis: issuer },
  );
  return { issuer, lab, clock, slowly };
}

const none = { applicationIds: [], applicationTypeIds: [], categoryIds: [] };
const POLICY = { compiled: compileRules([], []), catalog: { lookup: () => none } };

async function addressOf(lab: Lab, name: string): Promise<unknown> {
  const { answers = [] } = await lab.ask(name, 'A');
  return answers.map((record) => ('data' in record ? record.data : undefined))[0];
}

async function expectRefusal(lab: Lab, name: string): Promise<void> {
  const reply = await lab.ask(name, 'A', { udpSize: 1232 });
  expect([reply.rcode, reply.answers, extendedError(reply)]).toEqual(['SERVFAIL', [], OTHER_ERROR]);
  // Nowhere in the message.
  expect(reply.bytes.includes(Buffer.from(REAL.split('.').map(Number)))).toBe(false);
}

test('Resolver over a full pool answers SERVFAIL with a reason, and names that have an address as before, until one has rested', async () => {
  const { issuer, lab, clock } = await startOver(parsePrefix('100.80.0.0/28'));
  await using _lab = lab;
  // .1 is the resolver's own, .15 the broadcast address.
  const names = Array.from({ length: 13 }, (_, index) => `n${index}.example.com`);
  const held: Record<string, unknown> = {};
  for (const name of names) held[name] = await addressOf(lab, name);
  expect(new Set(Object.values(held)).size).toBe(13);
  expect(issuer.pool.capacity).toMatchObject({ usable: 13, free: 0, live: 13 });

  for (let index = 0; index < 20; index++) await expectRefusal(lab, `more${index}.example.com`);
  for (const name of names) expect(await addressOf(lab, name)).toBe(held[name]);
  expect(lab.resolver.counters.poolExhausted).toBe(20);

  // One name is used no more; the others are.
  for (const step of [30_000, 59_000, 88_000, 117_000]) {
    clock.nowMs = 1_000_000 + step;
    for (const name of names.slice(1)) await addressOf(lab, name);
    issuer.sweep();
  }
  await expectRefusal(lab, 'patient.example.com');
  for (let ms = 117_000; ms < 760_000; ms += 30_000) {
    clock.nowMs = 1_000_000 + ms;
    for (const name of names.slice(1)) await addressOf(lab, name);
    issuer.sweep();
  }
  expect(await addressOf(lab, 'patient.example.com')).toBe(held['n0.example.com']);
});

test('Resolver answers SERVFAIL with a reason to a client that has had its share, and to it alone', async () => {
  const { issuer, lab, clock } = await startOver(parsePrefix('100.80.0.0/16'));
  await using _lab = lab;
  for (let index = 0; index < DEFAULT_QUOTA.burst; index++) await lab.ask(`n${index}.example.com`, 'A');
  await expectRefusal(lab, 'more.example.com');
  expect(lab.resolver.counters.poolExhausted).toBe(1);
  expect(await addressOf(lab, 'n0.example.com')).toMatch(/^100\.80\./);
  const other = {
    hostname: 'more.example.com',
    family: 4,
    addresses: [Uint8Array.of(192, 0, 2, 198)],
  } as const;
  const client = Uint8Array.of(10, 64, 0, 3);
  expect(issuer.synthesize({ ...other, aliases: [], ttlSeconds: 60, client })).toMatchObject({
    ttlSeconds: 30,
  });
  clock.nowMs += 1000;
  const more = Array.from(
    { length: DEFAULT_QUOTA.leasesPerSecond + 1 },
    (_, index) => `second${index}.example.com`,
  );
  for (const name of more.slice(1)) expect(await addressOf(lab, name)).toMatch(/^100\.80\./);
  await expectRefusal(lab, more[0] ?? '');
  // What needs no lease is answered: exempt names, and those that do not exist.
  expect(await addressOf(lab, 'time.windows.com')).toBe(REAL);
  expect(await lab.ask('none.example.com', 'A')).toMatchObject({ rcode: 'NXDOMAIN' });
});

test('Resolver asks the upstreams few questions of a client that has had its share, and tells it so at once', async () => {
  const { lab, slowly } = await startOver(parsePrefix('100.80.0.0/16'));
  await using _lab = lab;
  for (let index = 0; index < DEFAULT_QUOTA.burst; index++) await lab.ask(`n${index}.example.com`, 'A');
  const slow = Array.from({ length: 20 }, (_, index) => `slow${index}.example.com`);
  let refused = 0;
  const asked = slow.map(async (name) => {
    expect((await lab.ask(name, 'A')).rcode).toBe('SERVFAIL');
    refused++;
  });
  await vi.waitFor(() => expect(refused).toBe(18));
  expect(slow.filter((name) => lab.upstream.count(name) > 0)).toHaveLength(2);
  slowly.resolve();
  await Promise.all(asked);
});

test('Resolver asks the upstreams few of many names in a row, of a client that has had its share (FL-11)', async () => {
  const { lab, clock } = await startOver(parsePrefix('100.80.0.0/16'));
  await using _lab = lab;
  for (let index = 0; index < DEFAULT_QUOTA.burst; index++) await lab.ask(`n${index}.example.com`, 'A');
  const before = lab.resolver.counters.upstreamQueries;
  const beganMs = performance.now();
  for (let index = 0; index < 300; index++) await lab.ask(`random${index}.example.com`, 'A');
  // 40 at once, and 20 a second for as long as this took.
  const most = 40 + ((performance.now() - beganMs) / 1000) * 20;
  expect(lab.resolver.counters.upstreamQueries - before).toBeLessThanOrEqual(most);
  clock.nowMs += 500;
  expect(await lab.ask('none.example.com', 'A')).toMatchObject({ rcode: 'NXDOMAIN' });
});
