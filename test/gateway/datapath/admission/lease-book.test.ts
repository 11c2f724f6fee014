import { describe, expect, test } from 'vitest';
import { LeaseBook } from '../../../../src/gateway/datapath/admission/lease-book.ts';
import { addressWords } from '../../../support/address-text.ts';
import { makeLease, syntheticOf } from '../../../support/policy-fixture.ts';

const bank = makeLease(7, 'bank.example.com', { ipv4: ['192.0.2.1'] });
const find = (book: LeaseBook, slot: number) =>
  ([4, 6] as const).map((family) => book.find(addressWords(syntheticOf(slot, family)), 0)?.hostname);

describe('LeaseBook', () => {
  test('finds a lease by both of its addresses, wherever the words stand', () => {
    const book = new LeaseBook();
    book.put(bank);
    const words = new Uint32Array(8);
    words.set(addressWords(syntheticOf(7, 6)), 4);
    expect(book.find(words, 4)).toBe(bank);
    expect(find(book, 7)).toEqual(['bank.example.com', 'bank.example.com']);
    expect(find(book, 8)).toEqual([undefined, undefined]);
    expect(book.get(7)).toBe(bank);
  });

  test('forgets both addresses of a lease that is gone, and nothing else', () => {
    const book = new LeaseBook();
    book.put(bank);
    book.put(makeLease(8, 'shop.example.com', {}));
    book.remove(7);
    book.remove(7);
    expect([find(book, 7), find(book, 8), book.size]).toEqual([
      [undefined, undefined],
      ['shop.example.com', 'shop.example.com'],
      1,
    ]);
  });

  test('replaces a lease, the addresses it no longer has included', () => {
    const book = new LeaseBook();
    book.put(bank);
    book.put({ ...bank, hostname: 'next.example.com', ipv6: undefined });
    expect(find(book, 7)).toEqual(['next.example.com', undefined]);
    expect(book.size).toBe(1);
  });

  test('never takes an IPv4 address for the IPv6 address with the same last bits', () => {
    const book = new LeaseBook();
    book.put({ ...bank, ipv6: undefined });
    const mapped = addressWords(syntheticOf(7, 4));
    mapped[2] = 0xffff;
    expect(book.find(mapped, 0)).toBeUndefined();
  });
});
