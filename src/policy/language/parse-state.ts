/** The parser's state while it parses one expression, and its settings. */

import type { ListIndex } from '../lists/list-index.ts';
import type { Cursor } from './cursor.ts';
import type { Span } from './expression-error.ts';
import type { Scheme } from './scheme.ts';

/** `strict`: wirefilter's own typing; `compat`: also the forms in Cloudflare's documentation and dashboards (docs/policy.md). */
export type Mode = 'strict' | 'compat';

export interface ExpressionLimits {
  /** Maximum depth of nested parentheses, negations and calls. */
  readonly nestingDepth: number;
  /** Maximum size of an expression in bytes of UTF-8. */
  readonly expressionBytes: number;
  /** Maximum length of a regex in UTF-16 units. */
  readonly patternLength: number;
}

export const DEFAULT_EXPRESSION_LIMITS: ExpressionLimits = {
  nestingDepth: 128,
  expressionBytes: 1 << 20,
  patternLength: 8192,
};

/** A valid expression that probably does not do what was intended. */
export interface ExpressionWarning {
  readonly code: 'implicit_any' | 'never_matches';
  readonly message: string;
  readonly span: Span;
}

export interface ParseState {
  readonly cursor: Cursor;
  readonly scheme: Scheme;
  readonly lists: ListIndex;
  readonly mode: Mode;
  readonly limits: ExpressionLimits;
  readonly warnings: ExpressionWarning[];
  depth: number;
  /** Inside any() or all(), where a comparison may yield a truth value per element. */
  quantified: boolean;
}

/** Runs `parse` one nesting level deeper; throws ExpressionError, with a span from `start`, if that exceeds the limit. */
export function nest<T>(state: ParseState, start: number, parse: () => T): T {
  const { cursor, limits } = state;
  if (state.depth >= limits.nestingDepth) {
    const message = `maximum nesting depth exceeded (limit: ${limits.nestingDepth})`;
    throw cursor.error('limit', message, { start, end: cursor.end });
  }
  state.depth++;
  const result = parse();
  state.depth--;
  return result;
}
