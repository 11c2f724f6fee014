import { describe, expect, test } from 'vitest';
import { VerdictBook } from '../../../../src/gateway/datapath/admission/verdict-book.ts';

const rule = (id: string, name: string, logsDestination = true) => ({ id, name, logsDestination });

describe('VerdictBook', () => {
  test('gives a rule one number, and another one when it is renamed', () => {
    const book = new VerdictBook();
    const bank = book.numberOf(rule('1', 'bank'));
    expect(book.numberOf(rule('1', 'bank'))).toBe(bank);
    expect(book.numberOf(rule('1', 'the bank'))).not.toBe(bank);
    expect(book.numberOf(rule('2', 'bank'))).not.toBe(bank);
    expect(book.numberOf(rule('1', 'bank', false))).not.toBe(bank);
    expect(book.nameOf(bank)).toEqual({ rule: '1', name: 'bank', logsDestination: true });
  });

  test('is not confused by ids and names that run into each other', () => {
    const book = new VerdictBook();
    expect(book.numberOf(rule('a","b', 'c'))).not.toBe(book.numberOf(rule('a', 'b","c')));
    expect(book.numberOf(rule('a', 'bc'))).not.toBe(book.numberOf(rule('ab', 'c')));
  });

  test('has a number for no rule at all, and none for what it never numbered', () => {
    const book = new VerdictBook();
    expect(book.nameOf(book.unmatched)).toEqual({
      rule: null,
      name: 'no rule matched',
      logsDestination: true,
    });
    expect(book.numberOf(rule('x', 'no rule matched'))).not.toBe(book.unmatched);
    expect(book.nameOf(99)).toBeUndefined();
  });
});
