import { expect, test } from 'vitest';
import { Cursor } from '../../../src/policy/language/cursor.ts';
import { ExpressionError } from '../../../src/policy/language/expression-error.ts';

test('Cursor looks at no blanks at either end', () => {
  const cursor = new Cursor(' \n a \r\n');
  expect(cursor.next()).toBe('a');
  expect(cursor.done).toBe(true);
  expect(new Cursor('  ').done).toBe(true);
});

test('Cursor.skipSpace skips spaces and line ends, but no tabs', () => {
  const cursor = new Cursor('a \r\n\tb');
  cursor.accept('a');
  cursor.skipSpace();
  expect(cursor.at).toBe(4);
});

test('Cursor.next steps over whole characters', () => {
  const cursor = new Cursor('😀a');
  expect([cursor.next(), cursor.next(), cursor.next()]).toEqual(['😀', 'a', undefined]);
});

test('Cursor.accept does not read into the blanks behind the end', () => {
  expect(new Cursor('a ').accept('a ')).toBe(false);
});

test('Cursor.takeWhile names what it missed, over all that follows', () => {
  const cursor = new Cursor('12x ');
  expect(cursor.takeWhile(new Set('0123456789'), 'digit')).toBe('12');
  expect(() => cursor.takeWhile(new Set('0123456789'), 'digit')).toThrow(
    new ExpressionError('syntax', 'expected digit', { start: 2, end: 3 }),
  );
});
