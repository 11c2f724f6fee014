/** Upstreams over TLS and HTTPS: D26, FL-15; the certificate is believed or there is no answer. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ResolverOptions, SecureTransport } from '../../src/resolver/resolver-options.ts';
import { FakeUpstream, type Script, zone } from './support/fake-upstream.ts';
import { extendedError, type Lab, startLab } from './support/lab.ts';
import {
  type Certificates,
  type KeyPair,
  makeCertificates,
  UPSTREAM_NAME,
} from './support/make-certificates.ts';
import { SecureUpstream } from './support/secure-upstream.ts';

const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
const BANK = zone([{ type: 'A', name: 'bank.example.com', ttl: 300, data: '192.0.2.198' }]);
const LIMITS = { upstreamPatienceMs: 500, upstreamDeadlineMs: 1500 };

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});

const started: { stop(): Promise<void> }[] = [];
afterAll(() => Promise.all(started.map((server) => server.stop())));

type Kind = SecureTransport['kind'];
const KINDS: readonly Kind[] = ['tls', 'https'];

async function startSecure(kind: Kind, script: Script, pair: KeyPair = certificates.good) {
  const upstream = await SecureUpstream[kind](script, pair);
  started.push(upstream);
  return upstream;
}

/** A resolver with only this upstream, besides the plain one of the lab that is not asked. */
function labWith(
  kind: Kind,
  { port }: { readonly port: number },
  { name = UPSTREAM_NAME, ...options }: Partial<ResolverOptions> & { name?: string | null } = {},
): Promise<Lab> {
  const transport: SecureTransport = { kind, name: name ?? undefined, path: '/dns-query' } as SecureTransport;
  return startLab([BANK], {
    upstreams: [{ address: LOOPBACK, port, transport }],
    authorities: certificates.authority,
    limits: LIMITS,
    ...options,
  });
}

describe.each(KINDS)('Resolver over %s', (kind) => {
  it('Resolver asks a server whose certificate is for its name, and keeps the connection (D26)', async () => {
    const upstream = await startSecure(kind, BANK);
    await using lab = await labWith(kind, upstream);
    expect(await lab.ask('bank.example.com', 'A')).toMatchObject({
      rcode: 'NOERROR',
      answers: [{ data: '100.80.0.1' }],
    });
    for (let index = 0; index < 20; index++) await lab.ask(`n${index}.example.com`, 'A');
    expect(upstream.asked).toHaveLength(21);
    expect(upstream.connections).toBe(1);
    expect(lab.resolver.counters.upstreamConnections).toBe(1);
    expect(lab.upstream.asked).toEqual([]);
  });

  it.each<[string, keyof Omit<Certificates, 'authority'>]>([
    ['is for another name', 'wrongName'],
    ['has expired', 'expired'],
    ['is signed by itself', 'selfSigned'],
    ['is for an address only', 'address'],
  ])(
    'Resolver tells nothing to a server whose certificate %s, nor asks in the clear (D26, FL-15)',
    async (_why, which) => {
      const upstream = await startSecure(kind, BANK, certificates[which] as KeyPair);
      const inTheClear = await FakeUpstream.start(BANK);
      started.push(inTheClear);
      await using lab = await labWith(kind, upstream);
      const answer = await lab.ask('bank.example.com', 'A', { udpSize: 1232 });
      expect(answer.rcode).toBe('SERVFAIL');
      expect([22, 23]).toContain(extendedError(answer));
      expect(upstream.asked).toEqual([]);
      expect(lab.upstream.asked).toEqual([]);
      const [group] = lab.resolver.status.upstreams;
      expect(group?.upstreams[0]?.lastFailure?.reason).toMatch(/certificate|altnames|self.signed/i);
    },
  );

  it('Resolver believes only well-known authorities unless told of others (D26)', async () => {
    const upstream = await startSecure(kind, BANK);
    await using lab = await labWith(kind, upstream, { authorities: undefined });
    expect((await lab.ask('bank.example.com', 'A')).rcode).toBe('SERVFAIL');
    expect(upstream.asked).toEqual([]);
  });

  it('Resolver asks a server without a name by a certificate for its address (D26)', async () => {
    const upstream = await startSecure(kind, BANK, certificates.address);
    await using lab = await labWith(kind, upstream, { name: null });
    expect((await lab.ask('bank.example.com', 'A')).rcode).toBe('NOERROR');
  });

  it('Resolver does not go to a plain port that a secure one was meant to be (D26)', async () => {
    const plain = await FakeUpstream.start(BANK);
    started.push(plain);
    await using lab = await labWith(kind, plain);
    expect((await lab.ask('bank.example.com', 'A')).rcode).toBe('SERVFAIL');
    expect(plain.asked.filter(({ transport }) => transport === 'udp')).toEqual([]);
  });

  it('Resolver pads its questions to a multiple of 128 bytes (D26, RFC 8467)', async () => {
    const upstream = await startSecure(kind, BANK);
    await using lab = await labWith(kind, upstream);
    for (const length of [1, 20, 63]) await lab.ask(`${'x'.repeat(length)}.example.com`, 'A');
    expect(upstream.asked.map(({ bytes }) => bytes.length)).toEqual([128, 128, 128]);
  });

  it('Resolver asks again on a new connection when the server has closed the idle one (D26)', async () => {
    const upstream = await startSecure(kind, BANK);
    await using lab = await labWith(kind, upstream);
    await lab.ask('bank.example.com', 'A');
    upstream.hangUp();
    expect((await lab.ask('n1.example.com', 'A')).rcode).toBe('NXDOMAIN');
    expect(upstream.connections).toBe(2);
  });

  it('Resolver asks all questions that a connection took with it again on one new connection (D26)', async () => {
    const state = { isHolding: false };
    const upstream = await startSecure(kind, async (asked) => {
      if (state.isHolding) await new Promise<void>(() => {});
      return BANK(asked);
    });
    await using lab = await labWith(kind, upstream);
    await lab.ask('bank.example.com', 'A');
    state.isHolding = true;
    const replies = Array.from({ length: 20 }, (_, index) => lab.ask(`n${index}.example.com`, 'A'));
    await vi.waitFor(() => expect(upstream.asked).toHaveLength(21));
    state.isHolding = false;
    upstream.hangUp();
    for (const reply of await Promise.all(replies)) expect(reply.rcode).toBe('NXDOMAIN');
    expect(upstream.connections).toBe(2);
    expect(lab.resolver.counters.upstreamErrors).toBe(0);
  });

  it('Resolver puts many questions on one connection and takes answers in any order (D6, D26)', async () => {
    const waits: (() => void)[] = [];
    const upstream = await startSecure(kind, async (asked) => {
      if (asked.question.name.startsWith('slow')) await new Promise<void>((resolve) => waits.push(resolve));
      return { rcode: 3 };
    });
    await using lab = await labWith(kind, upstream);
    const slow = Promise.all(['slow1.example.com', 'slow2.example.com'].map((name) => lab.ask(name, 'A')));
    const quick = Array.from({ length: 50 }, (_, index) => lab.ask(`quick${index}.example.com`, 'A'));
    for (const reply of await Promise.all(quick)) expect(reply.rcode).toBe('NXDOMAIN');
    expect(waits.length).toBe(2);
    for (const go of waits) go();
    for (const reply of await slow) expect(reply.rcode).toBe('NXDOMAIN');
    expect(upstream.connections).toBe(1);
  });

  it('Resolver answers in time when the server is silent, and asks the next one (FL-15)', async () => {
    const silent = await startSecure(kind, () => undefined);
    const good = await startSecure(kind, BANK);
    const transport = { kind, name: UPSTREAM_NAME, path: '/dns-query' } as SecureTransport;
    await using lab = await labWith(kind, silent, {
      upstreams: [silent, good].map(({ port }) => ({ address: LOOPBACK, port, transport })),
    });
    const startedMs = performance.now();
    expect((await lab.ask('bank.example.com', 'A')).rcode).toBe('NOERROR');
    expect(performance.now() - startedMs).toBeLessThan(1400);
  });
});

describe('Resolver over https', () => {
  it('Resolver posts to the path, with id 0 and the media type of DNS (RFC 8484)', async () => {
    const upstream = await startSecure('https', BANK);
    await using lab = await labWith('https', upstream);
    await lab.ask('bank.example.com', 'A');
    const [asked] = upstream.asked;
    expect(asked?.bytes.readUInt16BE(0)).toBe(0);
    expect(asked?.headers).toMatchObject({
      ':method': 'POST',
      ':path': '/dns-query',
      ':authority': `${UPSTREAM_NAME}:${upstream.port}`,
      'content-type': 'application/dns-message',
    });
  });

  it('Resolver takes off the time a cache on the way has kept the answer (RFC 8484 section 5.1)', async () => {
    const upstream = await startSecure('https', BANK);
    upstream.headers = { ...upstream.headers, age: 250 };
    await using lab = await labWith('https', upstream);
    await lab.ask('bank.example.com', 'A');
    expect(lab.synthesis.requests[0]?.ttlSeconds).toBe(50);
  });

  it.each([
    ['another status', { ':status': 503 }],
    ['another type', { 'content-type': 'text/html' }],
  ])('Resolver has no answer when the server sends %s (FL-15)', async (_what, headers) => {
    const upstream = await startSecure('https', BANK);
    upstream.headers = { ...upstream.headers, ...headers };
    await using lab = await labWith('https', upstream);
    expect((await lab.ask('bank.example.com', 'A')).rcode).toBe('SERVFAIL');
  });
});
