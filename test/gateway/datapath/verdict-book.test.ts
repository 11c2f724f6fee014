import { describe, expect, test } from 'vitest';
import { VerdictBook } from '../../../src/gateway/datapath/verdict-book.ts';

describe('VerdictBook', () => {
  test('gives a rule one number, and another one when it is renamed', () => {
    const book = new VerdictBook();
    const bank = book.numberOf('1', 'bank');
    expect(book.numberOf('1', 'bank')).toBe(bank);
    expect(book.numberOf('1', 'the bank')).not.toBe(bank);
    expect(book.numberOf('2', 'bank')).not.toBe(bank);
    expect(book.nameOf(bank)).toEqual({ rule: '1', name: 'bank' });
  });

  test('is not confused by ids and names that run into each other', () => {
    const book = new VerdictBook();
    expect(book.numberOf('a","b', 'c')).not.toBe(book.numberOf('a', 'b","c'));
    expect(book.numberOf('a', 'bc')).not.toBe(book.numberOf('ab', 'c'));
  });

  test('has a number for no rule at all, and none for what it never numbered', () => {
    const book = new VerdictBook();
    expect(book.nameOf(book.unmatched)).toEqual({ rule: null, name: 'no rule matched' });
    expect(book.numberOf('x', 'no rule matched')).not.toBe(book.unmatched);
    expect(book.nameOf(99)).toBeUndefined();
  });
});
