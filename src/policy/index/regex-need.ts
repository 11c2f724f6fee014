/**
 * Extracts from a pattern the literal texts without which it cannot match. Conservative: syntax that is not understood
 * yields no condition. Case is ignored, since `(?i)` may be in force.
 */

import { asksForUnicode } from '../values/regex.ts';
import { codeOfEscape, parseFlagGroup, type RegexPiece, scanRegex } from '../values/regex-scan.ts';
import { every, type Need, some } from './need.ts';

/** `ofLiteral` returns the condition that a text contains the literal. Undefined when the pattern yields no condition. */
export function findRegexNeed<K>(
  pattern: string,
  ofLiteral: (literal: string) => Need<K> | undefined,
): Need<K> | undefined {
  // Under Unicode case folding, letters beyond ASCII match ASCII ones.
  if (asksForUnicode(pattern)) return undefined;
  const pieces = scanRegex(pattern);
  // In verbose mode, pieces may be part of a comment.
  if (pieces.some(({ kind, text }) => kind === 'flags' && parseFlagGroup(text).on.includes('x')))
    return undefined;
  return new RegexReader(pieces, ofLiteral).readAlternatives();
}

class RegexReader<K> {
  readonly #pieces: readonly RegexPiece[];
  readonly #ofLiteral: (literal: string) => Need<K> | undefined;
  #at = 0;

  constructor(pieces: readonly RegexPiece[], ofLiteral: (literal: string) => Need<K> | undefined) {
    this.#pieces = pieces;
    this.#ofLiteral = ofLiteral;
  }

  /** Reads up to the end of the group, or of the pattern. */
  readAlternatives(): Need<K> | undefined {
    const alternatives = [this.#readSequence()];
    while (this.#accept('|')) alternatives.push(this.#readSequence());
    return some(alternatives);
  }

  #readSequence(): Need<K> | undefined {
    const needs: Array<Need<K> | undefined> = [];
    let literal = '';
    const endLiteral = () => {
      needs.push(this.#ofLiteral(literal));
      literal = '';
    };
    while (this.#at < this.#pieces.length && !this.#isLiteral('|') && !this.#isLiteral(')')) {
      const character = this.#readCharacter();
      const group = character === undefined ? this.#readGroupOrClass() : undefined;
      const repetition = this.#readRepetition();
      if (character !== undefined && repetition !== 'optional') literal += character;
      if (character === undefined || repetition !== undefined) endLiteral();
      if (repetition !== 'optional') needs.push(group);
    }
    endLiteral();
    return every(needs);
  }

  /** A piece that stands for one ASCII character: itself, escaped, or alone in brackets. */
  #readCharacter(): string | undefined {
    const piece = this.#pieces[this.#at];
    const direct = characterOf(piece);
    if (direct !== undefined) {
      this.#at++;
      return direct;
    }
    const closes = this.#pieces[this.#at + 2]?.kind === 'close';
    const member = piece?.text === '[' && closes ? memberOf(this.#pieces[this.#at + 1]) : undefined;
    if (member !== undefined) this.#at += 3;
    return member;
  }

  #readGroupOrClass(): Need<K> | undefined {
    const piece = this.#pieces[this.#at++];
    if (piece === undefined) return undefined;
    if (piece.kind === 'open') this.#skipClass();
    const opens = piece.kind === 'name' || (piece.kind === 'flags' && parseFlagGroup(piece.text).opens);
    if (!opens && !(piece.kind === 'literal' && piece.text === '(')) return undefined;
    const group = this.readAlternatives();
    this.#accept(')');
    return group;
  }

  #skipClass(): void {
    while (this.#at < this.#pieces.length && (this.#pieces[this.#at]?.depth ?? 0) > 0) this.#at++;
  }

  /** `a+` requires its atom at least once; every other quantifier is assumed to allow zero. */
  #readRepetition(): 'optional' | 'repeated' | undefined {
    let marks = '';
    for (;;) {
      const mark = this.#isLiteral('{') ? '{' : ['?', '*', '+'].find((sign) => this.#isLiteral(sign));
      if (mark === undefined) break;
      marks += mark;
      this.#at++;
      while (mark === '{' && this.#at < this.#pieces.length && !this.#accept('}')) this.#at++;
    }
    if (marks === '') return undefined;
    return marks === '+' ? 'repeated' : 'optional';
  }

  #isLiteral(text: string): boolean {
    const piece = this.#pieces[this.#at];
    return piece?.kind === 'literal' && piece.text === text;
  }

  #accept(text: string): boolean {
    if (!this.#isLiteral(text)) return false;
    this.#at++;
    return true;
  }
}

const META = new Set('.^$|()[{?*+');

function characterOf(piece: RegexPiece | undefined): string | undefined {
  return piece?.kind === 'literal' && META.has(piece.text) ? undefined : memberOf(piece);
}

function memberOf(piece: RegexPiece | undefined): string | undefined {
  if (piece === undefined) return undefined;
  const { kind, text } = piece;
  if (kind === 'literal') return text <= '\x7f' ? text : undefined;
  if (kind !== 'escape') return undefined;
  if (/^\\[^0-9A-Za-z<>]$/.test(text)) return text <= '\\\x7f' ? text.charAt(1) : undefined;
  const code = codeOfEscape(text);
  return code !== undefined && code <= 0x7f ? String.fromCharCode(code) : undefined;
}
