import { expect, test } from 'vitest';
import { TextSet } from '../../../src/policy/lookup/text-set.ts';

test.each([0, 10, 20_000])(
  'TextSet for %i texts has what was added, each once, and nothing else',
  (expected) => {
    const texts = Array.from({ length: 20_000 }, (_, number) => `host${number}.example.com`);
    const set = new TextSet(expected);
    for (const text of [...texts, ...texts]) set.add(text);
    expect([...set].toSorted()).toEqual(texts.toSorted());
    expect(texts.every((text) => set.has(text))).toBe(true);
    expect(set.has('host20000.example.com')).toBe(false);
  },
);
