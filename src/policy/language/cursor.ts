/**
 * A position in the text of an expression that moves forward. Parsing has no token stage, as in wirefilter: what a literal
 * looks like depends on the type of the field before it.
 */
import { type ErrorKind, ExpressionError, type Span } from './expression-error.ts';

/** What Unicode calls white space, around an expression: JavaScript's has U+FEFF too, and not U+0085. */
const SPACE_BEFORE = /^(?:[^\S\ufeff]|\x85)+/;
const SPACE_BEHIND = /(?:[^\S\ufeff]|\x85)+$/;

export class Cursor {
  readonly text: string;
  /** Where the text ends for us; blanks behind are not looked at. */
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

  /** Steps over the literal if it stands here. */
  accept(literal: string): boolean {
    if (!this.startsWith(literal)) return false;
    this.at += literal.length;
    return true;
  }

  expect(literal: string): void {
    if (!this.accept(literal)) throw this.error('syntax', `expected literal "${literal}"`);
  }

  /** A blank is a space, CR or LF; a tab is none. */
  skipSpace(): void {
    while (this.at < this.end && ' \r\n'.includes(this.text.charAt(this.at))) this.at++;
  }

  /** The characters up to the first that is not one of `allowed`; at least one, or it is an error that names them. */
  takeWhile(allowed: ReadonlySet<string>, name: string): string {
    const start = this.at;
    while (this.at < this.end && allowed.has(this.text.charAt(this.at))) this.at++;
    if (this.at === start) throw this.error('syntax', `expected ${name}`);
    return this.text.slice(start, this.at);
  }

  /** The next character (a whole code point), or undefined at the end. */
  next(): string | undefined {
    if (this.done) return undefined;
    const character = String.fromCodePoint(this.text.codePointAt(this.at) ?? 0);
    this.at += character.length;
    return character;
  }

  /** From `start` to here. */
  spanFrom(start: number): Span {
    return { start, end: this.at };
  }

  /** An error about `span`, or about all that follows when there is none. */
  error(kind: ErrorKind, message: string, span?: Span, advice?: string): ExpressionError {
    return new ExpressionError(kind, message, span ?? { start: this.at, end: this.end }, advice);
  }
}

export const DIGITS = charactersOf('0123456789');
export const HEX_DIGITS = charactersOf('0123456789abcdefABCDEF');
export const WORD_CHARACTERS = charactersOf(
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_',
);
export const ADDRESS_CHARACTERS = charactersOf('0123456789abcdefABCDEF:./');

function charactersOf(text: string): ReadonlySet<string> {
  return new Set(text);
}
