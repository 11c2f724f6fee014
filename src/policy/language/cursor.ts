/**
 * A position in the text of an expression, moved forward by the parser. There is no separate tokenizer, as in wirefilter: the
 * syntax of a literal depends on the type of the field before it.
 */
import { type ErrorKind, ExpressionError, type Span } from './expression-error.ts';

/** Unicode white space around an expression. It differs from JavaScript's `\s`, which includes U+FEFF but not U+0085. */
const SPACE_BEFORE = /^(?:[^\S\ufeff]|\x85)+/;
const SPACE_BEHIND = /(?:[^\S\ufeff]|\x85)+$/;

export class Cursor {
  readonly text: string;
  /** The end of the expression, before trailing white space. */
  readonly end: number;
  at: number;

  constructor(text: string) {
    this.text = text;
    this.end = text.replace(SPACE_BEHIND, '').length;
    this.at = this.end === 0 ? 0 : (SPACE_BEFORE.exec(text)?.[0].length ?? 0);
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  startsWith(literal: string): boolean {
    return this.at + literal.length <= this.end && this.text.startsWith(literal, this.at);
  }

  /** Consumes the literal if it is next. */
  accept(literal: string): boolean {
    if (!this.startsWith(literal)) return false;
    this.at += literal.length;
    return true;
  }

  /** Consumes the literal; throws ExpressionError if it is not next. */
  expect(literal: string): void {
    if (!this.accept(literal)) throw this.error('syntax', `expected literal "${literal}"`);
  }

  /** Skips spaces, CR and LF; a tab is not white space in this language. */
  skipSpace(): void {
    while (this.at < this.end && ' \r\n'.includes(this.text.charAt(this.at))) this.at++;
  }

  /** Consumes the longest run of `allowed` characters. Throws ExpressionError, which calls them `name`, if there is none. */
  takeWhile(allowed: ReadonlySet<string>, name: string): string {
    const start = this.at;
    while (this.at < this.end && allowed.has(this.text.charAt(this.at))) this.at++;
    if (this.at === start) throw this.error('syntax', `expected ${name}`);
    return this.text.slice(start, this.at);
  }

  /** Consumes and returns the next code point; undefined at the end. */
  next(): string | undefined {
    if (this.done) return undefined;
    const character = String.fromCodePoint(this.text.codePointAt(this.at) ?? 0);
    this.at += character.length;
    return character;
  }

  /** The span from `start` to the current position. */
  spanFrom(start: number): Span {
    return { start, end: this.at };
  }

  /** An error about `span`, by default the rest of the expression. */
  error(kind: ErrorKind, message: string, span?: Span, advice?: string): ExpressionError {
    return new ExpressionError(kind, message, span ?? { start: this.at, end: this.end }, advice);
  }
}

export const HEX_DIGITS = charactersOf('0123456789abcdefABCDEF');
export const WORD_CHARACTERS = charactersOf(
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_',
);
export const ADDRESS_CHARACTERS = charactersOf('0123456789abcdefABCDEF:./');

function charactersOf(text: string): ReadonlySet<string> {
  return new Set(text);
}
