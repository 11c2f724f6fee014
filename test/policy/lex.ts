/** Lexers as tables: what is read and what is left, or the message and the text it is about. */
import { Cursor } from '../../src/policy/language/cursor.ts';
import { ExpressionError } from '../../src/policy/language/expression-error.ts';

/** `[value, rest]`, or `[message, offending text]`. */
export function lexed<T>(lex: (cursor: Cursor) => T, text: string): readonly [T | string, string] {
  const cursor = new Cursor(text);
  try {
    const value = lex(cursor);
    return [value, text.slice(cursor.at)];
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return [error.message, text.slice(error.span.start, error.span.end)];
  }
}
