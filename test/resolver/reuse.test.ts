/** Which replies may be given again without asking the resolver, and until when. */
import { describe, expect, test } from 'vitest';
import { NO_RULES } from '../../src/resolver/answer/question-rules.ts';
import type { ResolverOptions } from '../../src/resolver/resolver-options.ts';
import { type Script, zone } from './support/fake-upstream.ts';
import { encodeQuery, FakeSynthesis, type Lab, startLab } from './support/lab.ts';
import { REUSABLE_LEASE, REUSABLE_MS, ReusableSynthesis } from './support/reusable-synthesis.ts';

const CLIENT = Uint8Array.of(10, 64, 0, 2);
const NOW = 5_000_000;

function worldWith(ttl: number): Script {
  return zone([
    { type: 'A', name: 'www.example.com', ttl, data: '192.0.2.198' },
    { type: 'TXT', name: 'www.example.com', ttl, data: 'text' },
    { type: 'A', name: 'inside.example.com', ttl, data: '10.0.0.1' },
  ]);
}

function startReusable(script: Script, options: Partial<ResolverOptions> = {}): Promise<Lab> {
  return startLab([script], { synthesis: new ReusableSynthesis(), ...options });
}

async function reuseOf(lab: Lab, name: string, type: string, transport: 'udp' | 'tcp' = 'udp') {
  const reply = await lab.resolver.answer({ bytes: encodeQuery(name, type), client: CLIENT, transport });
  if (reply === undefined) throw new Error(`no reply for ${name}`);
  return reply.reuse;
}

describe('Resolver.answer()', () => {
  test('lets a synthetic answer be given again until it may be looked up anew, then until a second before it runs out', async () => {
    const clock = { nowMs: NOW };
    await using lab = await startReusable(worldWith(60), { now: () => clock.nowMs });
    const lease = REUSABLE_LEASE;
    expect(await reuseOf(lab, 'www.example.com', 'A')).toEqual({ lease, untilMs: NOW + 54_000 });
    clock.nowMs += 30_500;
    expect(await reuseOf(lab, 'www.example.com', 'A')).toEqual({ lease, untilMs: NOW + 54_500 });
    clock.nowMs = NOW + 54_500;
    expect(await reuseOf(lab, 'www.example.com', 'A')).toEqual({ lease, untilMs: NOW + 59_500 });
  });

  test('lets an answer that lives too briefly to be looked up anew be given again until a second before it runs out', async () => {
    const clock = { nowMs: NOW };
    await using lab = await startReusable(worldWith(9), { now: () => clock.nowMs });
    expect(await reuseOf(lab, 'www.example.com', 'A')).toMatchObject({ untilMs: NOW + 8000 });
    clock.nowMs += 8500;
    expect(await reuseOf(lab, 'www.example.com', 'A')).toBeUndefined();
  });

  test('lets it be given again for no longer than the lease allows', async () => {
    await using lab = await startReusable(worldWith(86_400), { now: () => NOW });
    expect(await reuseOf(lab, 'www.example.com', 'A')).toMatchObject({ untilMs: NOW + REUSABLE_MS });
  });

  test.each([
    ['another type', 'www.example.com', 'TXT', 54_000],
    // The SOA's MINIMUM is 5 seconds.
    ['no data', 'www.example.com', 'AAAA', 4000],
    ['no data of a service', 'www.example.com', 'HTTPS', 4000],
    ['no such name', 'none.example.com', 'A', 4000],
  ])(
    'lets an answer of %s be given again, without a lease, while it may be believed',
    async (_kind, name, type, forMs) => {
      await using lab = await startReusable(worldWith(60), { now: () => NOW });
      expect(await reuseOf(lab, name, type)).toEqual({ lease: undefined, untilMs: NOW + forMs });
    },
  );

  test.each([
    ['a name answered locally', 'localhost', 'A'],
    ['a name that leads to private addresses only', 'inside.example.com', 'A'],
  ])('wants to be asked again for %s', async (_kind, name, type) => {
    await using lab = await startReusable(worldWith(60));
    expect(await reuseOf(lab, name, type)).toBeUndefined();
  });

  test('lets the answer that a family is not served here be given again (FL-47)', async () => {
    const synthesis = new FakeSynthesis();
    synthesis.result = 'unavailable';
    for (const [ttl, forMs] of [
      [300, 59_000],
      [10, 9000],
    ] as const) {
      await using lab = await startLab([worldWith(ttl)], { synthesis, now: () => NOW });
      expect(await reuseOf(lab, 'www.example.com', 'A')).toEqual({ lease: undefined, untilMs: NOW + forMs });
    }
  });

  test('wants to be asked again when the synthesis does', async () => {
    await using lab = await startLab([worldWith(60)], { synthesis: new FakeSynthesis() });
    expect(await reuseOf(lab, 'www.example.com', 'A')).toBeUndefined();
  });

  test('wants to be asked again when it is to tell of every answer', async () => {
    await using lab = await startReusable(worldWith(60), { onAnswer: () => {} });
    expect(await reuseOf(lab, 'www.example.com', 'A')).toBeUndefined();
  });

  test('wants to be asked again where rules look at the client or the time', async () => {
    const rules = { ...NO_RULES, areUniform: () => false };
    await using lab = await startReusable(worldWith(60), { rules });
    expect(await reuseOf(lab, 'www.example.com', 'A')).toBeUndefined();
  });

  test('wants to be asked again for the host that a rule names', async () => {
    const judgeQuestion = () => ({ kind: 'other-host', hostname: 'www.example.com' }) as const;
    await using lab = await startReusable(worldWith(60), { rules: { ...NO_RULES, judgeQuestion } });
    expect(await reuseOf(lab, 'other.example.com', 'A')).toBeUndefined();
  });

  test('wants to be asked again for an absence without a SOA, and for a failure', async () => {
    for (const script of [() => ({ answers: [] }), () => ({ rcode: 2 })]) {
      await using lab = await startReusable(script);
      expect(await reuseOf(lab, 'www.example.com', 'AAAA')).toBeUndefined();
    }
  });

  test('wants to be asked again for an answer that has run out', async () => {
    const clock = { nowMs: NOW };
    const state = { isUp: true };
    const script: Script = (asked) => (state.isUp ? worldWith(60)(asked) : { rcode: 2 });
    await using lab = await startReusable(script, { now: () => clock.nowMs });
    await reuseOf(lab, 'www.example.com', 'A');
    state.isUp = false;
    clock.nowMs += 61_000;
    expect(await reuseOf(lab, 'www.example.com', 'A')).toBeUndefined();
    expect(lab.resolver.counters).toMatchObject({ staleAnswers: 1, synthesized: 2 });
  });

  test('has no reply for a client that is not accepted (D5)', async () => {
    await using lab = await startReusable(worldWith(60), { accepts: () => false });
    const query = { bytes: encodeQuery('www.example.com', 'A'), client: CLIENT, transport: 'udp' } as const;
    expect(await lab.resolver.answer(query)).toBeUndefined();
  });
});

describe('Resolver', () => {
  test('leaves UDP to others when told to, and serves TCP', async () => {
    await using lab = await startLab([worldWith(60)], { servesUdp: false });
    expect(lab.port).toBeGreaterThan(0);
    expect(await lab.send(encodeQuery('www.example.com', 'A'), 100)).toBeUndefined();
  });
});
