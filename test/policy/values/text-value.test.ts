import fc from 'fast-check';
import { expect, test } from 'vitest';
import { domainsOf, toAsciiName } from '../../../src/policy/values/domain-name.ts';
import { canonicalText, decodeText, encodeText, foldAscii } from '../../../src/policy/values/text-value.ts';

test('encodeText makes one character of each byte of UTF-8, and decodeText takes it back', () => {
  expect(encodeText('é')).toBe('\xc3\xa9');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const bytes = encodeText(text);
      expect(bytes.length).toBe(Buffer.byteLength(text));
      expect(decodeText(bytes)).toBe(text);
    }),
  );
});

test('encodeText keeps the order of bytes, which UTF-16 does not', () => {
  // U+FF5E sorts after U+1F600 in UTF-16 and before it in UTF-8.
  expect(encodeText('\uff5e') < encodeText('\u{1f600}')).toBe(true);
});

test('foldAscii folds no byte of a longer character', () => {
  expect(decodeText(foldAscii(encodeText('ÀB')))).toBe('Àb');
});

test('canonicalText folds names and e-mail addresses and drops one trailing dot', () => {
  expect(canonicalText('Bank.Example.COM.', 'name')).toBe('bank.example.com');
  expect(canonicalText('a..', 'name')).toBe('a.');
  expect(canonicalText('.', 'name')).toBe('.');
  expect(canonicalText('A@B.Test', 'email')).toBe('a@b.test');
  expect(canonicalText('North America', 'continent')).toBe('NA');
  expect(canonicalText('na', 'continent')).toBe('na');
  expect(canonicalText('Tcp.', 'plain')).toBe('Tcp.');
});

test('toAsciiName writes labels beyond ASCII as A-labels', () => {
  expect(toAsciiName('Bücher.Example.')).toBe('xn--bcher-kva.example');
  expect(toAsciiName('日本.test')).toBe('xn--wgv71a.test');
  expect(toAsciiName('0x7f.1')).toBe('0x7f.1');
  expect(toAsciiName('a b.é')).toBeUndefined();
});

test('domainsOf gives the name and all its parents', () => {
  expect(domainsOf('a.b.example.com')).toEqual(['a.b.example.com', 'b.example.com', 'example.com', 'com']);
  expect(domainsOf('com')).toEqual(['com']);
});
