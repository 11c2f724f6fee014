/** An expression that cannot be used: what is wrong, in the engine's own words, and where. */

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
  /** What to write instead, where the place that found the error knows it. */
  readonly advice: string | undefined;

  constructor(kind: ErrorKind, message: string, span: Span, advice?: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.span = span;
    this.advice = advice;
  }
}
