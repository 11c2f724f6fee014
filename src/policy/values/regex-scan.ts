/** The pieces of a Rust regex as far as rewriting needs them. A pattern that is wrong stays wrong: the engine judges it. */

export interface Piece {
  readonly kind: 'escape' | 'name' | 'flags' | 'posix' | 'open' | 'close' | 'literal';
  readonly text: string;
  /** Where it stands in the pattern. */
  readonly start: number;
  /** How many brackets are open before it. */
  readonly depth: number;
}

/** The pattern names Unicode where only bytes are known: between these offsets. */
export class UnicodeNotAllowed extends Error {
  readonly start: number;
  readonly end: number;

  constructor({ start, text }: Piece) {
    super('Unicode not allowed here');
    this.start = start;
    this.end = start + text.length;
  }
}

export function scanRegex(pattern: string): readonly Piece[] {
  const pieces: Piece[] = [];
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

/** The flags that `(?on-off:` or `(?on-off)` switches, and whether a group begins with it. */
export function readFlags(text: string): { on: string; off: string; opens: boolean } {
  const [, on = '', off = '', close] = /^\(\?([a-zA-Z]*)-?([a-zA-Z]*)([:)])$/.exec(text) ?? [];
  return { on, off, opens: close === ':' };
}

/** `-u` says what holds anyway, and an engine for text must not hear it. */
export function withoutUnicodeFlag(text: string): string {
  const { on, off, opens } = readFlags(text);
  const kept = off.replaceAll('u', '');
  const flags = kept === '' ? on : `${on}-${kept}`;
  return flags === '' && !opens ? '(?:)' : `(?${flags}${opens ? ':' : ')'}`;
}

const OUTSIDE_BRACKETS: ReadonlyArray<readonly [Piece['kind'], RegExp]> = [
  ['name', /\(\?P?<[^=!>][^>]*>/y],
  // No flags, and a minus sign with none behind it, are mistakes, for the engine to tell.
  ['flags', /\(\?(?!\))[a-zA-Z]*(?:-[a-zA-Z]+)?[:)]/y],
];
const INSIDE_BRACKETS: ReadonlyArray<readonly [Piece['kind'], RegExp]> = [
  ['posix', /\[:\^?[a-z]+:\]/y],
  ['close', /\]/y],
];
const ANYWHERE: ReadonlyArray<readonly [Piece['kind'], RegExp]> = [
  ['escape', /\\(?:[pP]\{[^}]*\}|[pP].|[xuU]\{[^}]*\}|x..|u....|U........|b\{[a-z-]+\}|.)/suy],
  // A closing bracket that comes first is a member.
  ['open', /\[\^?\]?/y],
  ['literal', /./suy],
];

function readPiece(pattern: string, start: number, depth: number): Pick<Piece, 'kind' | 'text'> {
  const choices = [...(depth === 0 ? OUTSIDE_BRACKETS : INSIDE_BRACKETS), ...ANYWHERE];
  for (const [kind, expression] of choices) {
    expression.lastIndex = start;
    const text = expression.exec(pattern)?.[0];
    if (text !== undefined) return { kind, text };
  }
  return { kind: 'literal', text: pattern.charAt(start) };
}
