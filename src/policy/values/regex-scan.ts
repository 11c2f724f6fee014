/** Splits a Rust regex into the pieces that rewriting needs. Does not validate: an invalid pattern is left for the engine. */

export interface RegexPiece {
  readonly kind: 'escape' | 'name' | 'flags' | 'posix' | 'open' | 'close' | 'literal';
  readonly text: string;
  /** Offset in the pattern. */
  readonly start: number;
  /** Number of brackets open before it. */
  readonly depth: number;
}

/** The pattern uses Unicode where bytes are matched; the offsets are half-open. */
export class UnicodeNotAllowed extends Error {
  readonly start: number;
  readonly end: number;

  constructor({ start, text }: RegexPiece) {
    super('Unicode not allowed here');
    this.start = start;
    this.end = start + text.length;
  }
}

export function scanRegex(pattern: string): readonly RegexPiece[] {
  const pieces: RegexPiece[] = [];
  let depth = 0;
  for (let start = 0; start < pattern.length; ) {
    const piece = { ...readPiece(pattern, start, depth), start, depth };
    pieces.push(piece);
    if (piece.kind === 'open') depth++;
    if (piece.kind === 'close') depth--;
    start += piece.text.length;
  }
  return pieces;
}

/** The code point that a hexadecimal escape spells; undefined for other escapes. */
export function codeOfEscape(text: string): number | undefined {
  const digits = /^\\[xuU]\{?([0-9a-fA-F]+)\}?$/.exec(text)?.[1];
  const code = Number.parseInt(digits ?? '', 16);
  return code <= 0x10ffff ? code : undefined;
}

/** The flags that `(?on-off:` or `(?on-off)` sets and clears, and whether it opens a group. */
export function parseFlagGroup(text: string): { on: string; off: string; opens: boolean } {
  const [, on = '', off = '', close] = /^\(\?([a-zA-Z]*)-?([a-zA-Z]*)([:)])$/.exec(text) ?? [];
  return { on, off, opens: close === ':' };
}

/** Removes `-u`, which is in force anyway and which the engine for text would reject. */
export function withoutUnicodeFlag(text: string): string {
  const { on, off, opens } = parseFlagGroup(text);
  const kept = off.replaceAll('u', '');
  const flags = kept === '' ? on : `${on}-${kept}`;
  return flags === '' && !opens ? '(?:)' : `(?${flags}${opens ? ':' : ')'}`;
}

const OUTSIDE_BRACKETS: ReadonlyArray<readonly [RegexPiece['kind'], RegExp]> = [
  ['name', /\(\?P?<[^=!>][^>]*>/y],
  // An empty flag group, or a minus sign without flags, is an error, left for the engine to report.
  ['flags', /\(\?(?!\))[a-zA-Z]*(?:-[a-zA-Z]+)?[:)]/y],
];
const INSIDE_BRACKETS: ReadonlyArray<readonly [RegexPiece['kind'], RegExp]> = [
  ['posix', /\[:\^?[a-z]+:\]/y],
  ['close', /\]/y],
];
const ANYWHERE: ReadonlyArray<readonly [RegexPiece['kind'], RegExp]> = [
  ['escape', /\\(?:[pP]\{[^}]*\}|[pP].|[xuU]\{[^}]*\}|x..|u....|U........|b\{[a-z-]+\}|.)/suy],
  // A closing bracket in first position is a member of the class.
  ['open', /\[\^?\]?/y],
  ['literal', /./suy],
];

function readPiece(pattern: string, start: number, depth: number): Pick<RegexPiece, 'kind' | 'text'> {
  const choices = [...(depth === 0 ? OUTSIDE_BRACKETS : INSIDE_BRACKETS), ...ANYWHERE];
  for (const [kind, expression] of choices) {
    expression.lastIndex = start;
    const text = expression.exec(pattern)?.[0];
    if (text !== undefined) return { kind, text };
  }
  return { kind: 'literal', text: pattern.charAt(start) };
}
