import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QueryKey } from '../../../src/gateway/dns-front/query-key.ts';
import { parseMessage } from '../../../src/wire/dns/message.ts';
import { encodeQuery } from '../../resolver/support/lab.ts';

const keys = new QueryKey();

function keyOf(bytes: Uint8Array): string | undefined {
  return keys.read(bytes, 0, bytes.length);
}

const PLAIN = encodeQuery('bank.example.com', 'A');

function change(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = value;
  return changed;
}

describe('QueryKey', () => {
  test('is the same for every id and every letter case of the name (D14)', () => {
    const other = encodeQuery('bAnK.eXAMPLE.Com', 'A', { id: 7 });
    expect(keyOf(other)).toBe(keyOf(PLAIN));
    expect(keys.questionEnd).toBe(PLAIN.length);
  });

  test.each([
    ['another name', encodeQuery('bonk.example.com', 'A')],
    ['another type', encodeQuery('bank.example.com', 'AAAA')],
    ['other flags', encodeQuery('bank.example.com', 'A', { flags: 0x0110 })],
    ['no recursion desired', encodeQuery('bank.example.com', 'A', { flags: 0 })],
    ['EDNS', encodeQuery('bank.example.com', 'A', { udpSize: 1232 })],
    ['a class that is a letter of another case', change(PLAIN, PLAIN.length - 1, 0x41)],
  ])('is another for %s', (_difference, query) => {
    expect(keyOf(query)).toBeDefined();
    expect(keyOf(query)).not.toBe(keyOf(PLAIN));
  });

  test('tells EDNS sizes and the DO bit apart', () => {
    const fields = [{ udpSize: 512 }, { udpSize: 1232 }, { udpSize: 1232, dnssecOk: true }];
    const made = fields.map((each) => keyOf(encodeQuery('bank.example.com', 'A', each)));
    expect(new Set(made).size).toBe(3);
  });

  test('does not take a byte beside the name for a letter', () => {
    const [large, small] = [0x41, 0x61].map((byte) => keyOf(change(PLAIN, 3, byte)));
    expect(large).not.toBe(small);
  });

  test.each([
    ['nothing', new Uint8Array(0)],
    ['a header alone', PLAIN.subarray(0, 12)],
    ['a question cut short', PLAIN.subarray(0, PLAIN.length - 1)],
    ['a compressed name', Uint8Array.of(...PLAIN.subarray(0, 12), 0xc0, 0x0c, 0, 1, 0, 1)],
    ['a label of 64 bytes', change(PLAIN, 12, 64)],
    ['bytes behind the question', Uint8Array.of(...PLAIN, 0)],
    ['an OPT with an option', withCookie()],
    ['another record in place of OPT', change(encodeQuery('a.example', 'A', { udpSize: 512 }), 29, 1)],
    ['a name of more than 255 bytes', tooLong()],
  ])('is not made for %s', (_form, bytes) => {
    expect(keyOf(bytes)).toBeUndefined();
  });

  test('is read out of the middle of a batch as well', () => {
    const batch = Uint8Array.of(1, 2, 3, ...PLAIN, 9, 9);
    expect(keys.read(batch, 3, 3 + PLAIN.length)).toBe(keyOf(PLAIN));
  });

  test('of two readable queries is the same only if flags, question and EDNS are', () => {
    const name = fc.constantFrom('a.example', 'A.example', 'b.example');
    const query = fc
      .record({ name, type: fc.constantFrom('A', 'AAAA'), flags: fc.constantFrom(0, 0x0100, 0x0110) })
      .chain(({ name: host, type, flags }) =>
        fc.option(fc.constantFrom(512, 4096)).map((udpSize) => ({
          bytes: encodeQuery(host, type, udpSize === null ? { flags } : { flags, udpSize }),
          meaning: `${host.toLowerCase()} ${type} ${flags} ${udpSize}`,
        })),
      );
    fc.assert(
      fc.property(query, query, (one, other) => {
        expect(keyOf(one.bytes) === keyOf(other.bytes)).toBe(one.meaning === other.meaning);
      }),
    );
  });

  test('never throws, and what it is made for has a question that can be read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const query = Uint8Array.of(...bytes);
        const key = keyOf(query);
        if (key === undefined) return;
        query.set([0, 1, 0, 0, 0, 0, 0, query.length === keys.questionEnd ? 0 : 1], 4);
        expect(parseMessage(query)?.question.bytes.length).toBe(keys.questionEnd - 12);
      }),
      { numRuns: 2000 },
    );
  });
});

function withCookie(): Uint8Array {
  const bytes = Uint8Array.of(
    ...encodeQuery('a.example', 'A', { udpSize: 512 }),
    ...[0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8],
  );
  return change(bytes, bytes.length - 13, 12);
}

function tooLong(): Uint8Array {
  const label = Uint8Array.of(63, ...new Uint8Array(63).fill(0x61));
  const fifth = Uint8Array.of(...label, ...label, ...label, ...label, 0);
  return Uint8Array.of(...PLAIN.subarray(0, 12), ...fifth, 0, 1, 0, 1);
}
