/** Parses the set of `in {…}`: items separated by spaces where needed, without commas. */
import type { ParseState } from './parse-state.ts';

export function parseSet<T>(state: ParseState, parseItem: () => T): readonly T[] {
  const { cursor, mode } = state;
  const start = cursor.at;
  cursor.expect('{');
  const items: T[] = [];
  for (;;) {
    cursor.skipSpace();
    if (cursor.accept('}')) break;
    items.push(parseItem());
  }
  // The open-source engine accepts an empty set, which never matches; Cloudflare's API refuses it.
  if (items.length === 0 && mode === 'compat') {
    throw cursor.error(
      'value',
      'empty set',
      cursor.spanFrom(start),
      'nothing is ever in an empty set: list what should match',
    );
  }
  return items;
}
