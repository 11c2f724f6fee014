/** State shared by the parts of the parser while they parse one expression, and their settings. */

import type { ListIndex } from '../lists/list-index.ts';
import type { Cursor } from './cursor.ts';
import type { Span } from './expression-error.ts';
import type { Scheme } from './scheme.ts';

/** `strict` types as wirefilter does; `compat` also takes what Cloudflare's pages and dashboards print (docs/policy.md). */
export type Mode = 'strict' | 'compat';

export interface ExpressionLimits {
  /** Most parentheses, negations and calls inside one another. */
  readonly nestingDepth: number;
  /** Most bytes of an expression's UTF-8 text. */
  readonly expressionBytes: number;
  /** Most UTF-16 units of a regex. */
  readonly patternLength: number;
}

export const DEFAULT_LIMITS: ExpressionLimits = {
  nestingDepth: 128,
  expressionBytes: 1 << 20,
  patternLength: 8192,
};

/** An expression that is valid, but hardly what was meant. */
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
  /** Inside any() or all(), where a comparison may yield one truth for each element. */
  quantified: boolean;
}

/** Runs `parse` one level deeper; throws ExpressionError, about all from `start`, when that is too deep. */
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
