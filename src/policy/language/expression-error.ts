/** Errors in expressions, with the engine's message and the position. */

/** Half-open range of UTF-16 offsets into the expression's text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type ErrorKind = 'syntax' | 'unknown_field' | 'type' | 'value' | 'regex' | 'list' | 'limit';

export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly kind: ErrorKind;
  readonly span: Span;
  /** A suggestion more specific than `suggestFix` can give. */
  readonly advice: string | undefined;

  constructor(kind: ErrorKind, message: string, span: Span, advice?: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.span = span;
    this.advice = advice;
  }
}
