/** Answers that are looked up anew before they run out: when, and never more than that. */
import { describe, expect, it, vi } from 'vitest';
import { prefetchLead } from '../../../src/resolver/lookup/prefetch.ts';
import type { Asked, Script } from '../support/fake-upstream.ts';
import { type Lab, startLab } from '../support/lab.ts';

const NAME = 'www.example.com';
const TTL = 100;
/** The last tenth begins at 90 s. */
const BEFORE_MS = 89_000;
const ENDING_MS = 91_000;

/** A world where every answer is another address: 192.0.2.1, .2, … */
function movingWorld(ttl = TTL) {
  let answers = 0;
  return ({ question: { name } }: Asked) => {
    answers++;
    return { answers: [{ type: 'A' as const, name, ttl, data: `192.0.2.${answers}` }] };
  };
}

/** Asks for the name, and tells which of the upstream's answers it has got. */
async function askWhich(lab: Lab, name = NAME): Promise<number | undefined> {
  await lab.ask(name, 'A');
  return lab.synthesis.requests.at(-1)?.addresses[0]?.[3];
}

describe('prefetchLead', () => {
  it.each([
    [0, 0],
    [9, 0],
    [10, 1],
    [300, 30],
    [86_400, 8640],
  ])('prefetchLead of a TTL of %i s is %i s', (ttl, lead) => {
    expect(prefetchLead(ttl)).toBe(lead);
  });
});

describe('Resolver', () => {
  it('Resolver looks up anew what is asked for in the last tenth of its TTL, behind the answer', async () => {
    await using lab = await startLab([movingWorld()]);
    expect(await askWhich(lab)).toBe(1);
    lab.pass(BEFORE_MS);
    expect(await askWhich(lab)).toBe(1);
    expect(lab.upstream.count(NAME)).toBe(1);
    lab.pass(ENDING_MS - BEFORE_MS);
    expect(await askWhich(lab)).toBe(1);
    await vi.waitFor(async () => expect(await askWhich(lab)).toBe(2));
    // The new answer has a whole life of its own.
    lab.pass(BEFORE_MS);
    expect(await askWhich(lab)).toBe(2);
    expect(lab.upstream.count(NAME)).toBe(2);
    expect(lab.resolver.counters).toMatchObject({ prefetches: 1, cacheMisses: 1 });
  });

  it('Resolver looks up anew neither what nobody asks for nor what lives too briefly', async () => {
    await using lab = await startLab([(asked) => movingWorld(asked.question.name === NAME ? 9 : TTL)(asked)]);
    await lab.ask(NAME, 'A');
    lab.pass(8500);
    await lab.ask(NAME, 'A');
    await lab.ask('idle.example.com', 'A');
    lab.pass(ENDING_MS);
    await lab.ask('other.example.com', 'A');
    expect([NAME, 'idle.example.com'].map((name) => lab.upstream.count(name))).toEqual([1, 1]);
    expect(lab.resolver.counters.prefetches).toBe(0);
  });

  it('Resolver looks up anew once, however many ask meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const world = movingWorld();
    const slow: Script = async (asked) => {
      const reply = world(asked);
      if (reply.answers[0]?.data !== '192.0.2.1') await promise;
      return reply;
    };
    await using lab = await startLab([slow]);
    await lab.ask(NAME, 'A');
    lab.pass(ENDING_MS);
    for (let round = 0; round < 20; round++) expect(await askWhich(lab)).toBe(1);
    resolve();
    await vi.waitFor(async () => expect(await askWhich(lab)).toBe(2));
    expect(lab.upstream.count(NAME)).toBe(2);
  });

  it('Resolver keeps what it has when the upstream fails, and does not try again at every question (D16, D17)', async () => {
    const state = { isUp: true };
    const world = movingWorld();
    await using lab = await startLab([(asked) => (state.isUp ? world(asked) : { rcode: 2 })]);
    await lab.ask(NAME, 'A');
    lab.pass(ENDING_MS);
    state.isUp = false;
    for (let round = 0; round < 20; round++) expect(await askWhich(lab)).toBe(1);
    await vi.waitFor(() => expect(lab.upstream.count(NAME)).toBeGreaterThan(1));
    expect(lab.resolver.counters).toMatchObject({ prefetches: 1, staleAnswers: 0, cacheMisses: 1 });
  });

  it('Resolver leaves a client’s share of the upstreams to its own questions (FL-11)', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const world = movingWorld();
    const slow: Script = async (asked) => {
      if (asked.question.name !== NAME) await promise;
      return world(asked);
    };
    await using lab = await startLab([slow], { limits: { upstreamQuestionsPerClient: 2 } });
    await lab.ask(NAME, 'A');
    lab.pass(ENDING_MS);
    const waiting = ['slow1.example.com', 'slow2.example.com'].map((name) => lab.ask(name, 'A'));
    await vi.waitFor(() => expect(lab.upstream.asked).toHaveLength(3));
    expect(await askWhich(lab)).toBe(1);
    resolve();
    await Promise.all(waiting);
    expect(lab.upstream.count(NAME)).toBe(1);
    expect(lab.resolver.counters.prefetches).toBe(0);
  });
});
