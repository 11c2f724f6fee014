/** Any bytes from any side: no exception, no answer with a real address, no lie about lengths (FL-13, FL-15). */
import { encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_RULES } from '../../src/resolver/answer/question-rules.ts';
import { Lookup } from '../../src/resolver/lookup/lookup.ts';
import { newCounters } from '../../src/resolver/resolver-counters.ts';
import { DEFAULT_RESOLVER_LIMITS } from '../../src/resolver/resolver-options.ts';
import { answerQuery } from '../../src/resolver/service/answer-query.ts';
import { ServerCookies } from '../../src/resolver/service/server-cookies.ts';
import { parseMessage } from '../../src/wire/dns/message.ts';
import { encodeQuery, FakeSynthesis } from './support/lab.ts';

const REAL = Buffer.from([192, 0, 2, 198]);
const CLIENT = Uint8Array.of(10, 64, 0, 2);

/** Answers a query whose upstream sends `reply`. */
async function answer(query: Uint8Array, reply: Uint8Array): Promise<Uint8Array | undefined> {
  const counters = newCounters();
  const synthesis = new FakeSynthesis();
  const message = parseMessage(reply);
  const lookup = new Lookup({
    upstreams: {
      // A reply to another question does not get this far (D11).
      ask: ({ name, type }) => {
        const matches = message?.question.name === name && message.question.type === type;
        return Promise.resolve(matches ? message : 'unreachable');
      },
      zoneOf: () => '',
    },
    rules: { allowPrivate: [], refused: [] },
    limits: DEFAULT_RESOLVER_LIMITS,
    counters,
    now: () => 0,
  });
  const local = { syntheticRanges: [], allowPrivate: [], isForwarded: () => false, nameOf: () => undefined };
  const context = {
    lookup,
    local,
    synthesis,
    rules: NO_RULES,
    counters,
    cookies: new ServerCookies(),
    tcpIdleMs: 1000,
    now: () => 0,
    onAnswer: () => {},
    allowsReuse: true,
  };
  return (await answerQuery({ bytes: query, client: CLIENT, transport: 'udp' }, context))?.bytes;
}

const HONEST = encode({
  type: 'response',
  id: 1,
  questions: [{ type: 'A', name: 'www.example.com' }],
  answers: [
    { type: 'CNAME', name: 'www.example.com', ttl: 60, data: 'h.example.com' },
    { type: 'A', name: 'h.example.com', ttl: 60, data: '192.0.2.198' },
  ],
  authorities: [{ type: 'NS', name: 'example.com', ttl: 60, data: 'ns.example.com' }],
  additionals: [{ type: 'A', name: 'ns.example.com', ttl: 60, data: '192.0.2.198' }],
});

const mutations = fc.array(fc.tuple(fc.nat(HONEST.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });

function mutate(bytes: Buffer, changes: ReadonlyArray<readonly [number, number]>): Buffer {
  const mutated = Buffer.from(bytes);
  for (const [at, value] of changes) mutated[at % mutated.length] = value;
  return mutated;
}

describe('answerQuery', () => {
  it('answerQuery takes any bytes from a client, and what it answers can be read', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), async (query) => {
        const reply = await answer(query, HONEST);
        if (reply !== undefined) expect(reply.subarray(0, 2)).toEqual(query.subarray(0, 2));
      }),
      { numRuns: 500 },
    );
  });

  it('answerQuery takes any mutation of a query, and answers readably', async () => {
    const plain = encodeQuery('www.example.com', 'A', { udpSize: 1232 });
    // The OPT ends with its length: a cookie of eight bytes.
    const withCookie = Buffer.concat([
      plain.subarray(0, -2),
      Buffer.from('000c000a00082464c4abcf10c957', 'hex'),
    ]);
    const queries = fc.constantFrom(plain, withCookie);
    await fc.assert(
      fc.asyncProperty(queries, mutations, async (query, changes) => {
        const reply = await answer(mutate(query, changes), HONEST);
        if (reply === undefined || reply[5] === 0) return;
        expect(parseMessage(reply)).toBeDefined();
        expect(Buffer.from(reply).includes(REAL)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['A', 'AAAA', 'TXT', 'NS', 'HTTPS'])(
    'answerQuery never lets a record with an address through, however an upstream mangles its reply to %s (S5)',
    async (type) => {
      const query = encodeQuery('www.example.com', type);
      // The reply to the same type: only its question differs.
      const reply = Buffer.from(HONEST);
      query.copy(reply, 29, 29, 31);
      await fc.assert(
        fc.asyncProperty(mutations, async (changes) => {
          const bytes = await answer(query, mutate(reply, changes));
          const message = parseMessage(bytes ?? new Uint8Array(0));
          expect(message).toBeDefined();
          for (const record of message?.records ?? []) {
            const isAddress = record.class === 1 && (record.type === 1 || record.type === 28);
            if (isAddress) expect(record.rdata[0] === 100 || record.rdata[0] === 0x26).toBe(true);
          }
        }),
        { numRuns: 500 },
      );
    },
  );
});
