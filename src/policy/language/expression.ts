/** Parses the text of an expression into a typed syntax tree, or into an error with a suggestion. */

import { ListIndex } from '../lists/list-index.ts';
import type { Expression } from './ast.ts';
import { Cursor } from './cursor.ts';
import { type Diagnosis, diagnose } from './diagnose.ts';
import { ExpressionError } from './expression-error.ts';
import { parseLogical } from './parse-expression.ts';
import {
  DEFAULT_EXPRESSION_LIMITS,
  type ExpressionLimits,
  type ExpressionWarning,
  type Mode,
} from './parse-state.ts';
import type { Scheme } from './scheme.ts';

export interface ExpressionOptions {
  readonly scheme: Scheme;
  /** Default: none. */
  readonly lists?: ListIndex;
  /** Default: compat. */
  readonly mode?: Mode;
  readonly limits?: Partial<ExpressionLimits>;
}

/** The configuration's settings for all expressions; can be posted to a worker (structured clone). */
export type ExpressionSettings = Required<Pick<ExpressionOptions, 'mode' | 'limits'>>;

export type Parsed =
  | { readonly expression: Expression; readonly warnings: readonly ExpressionWarning[] }
  | { readonly error: Diagnosis };

export function parseExpression(text: string, options: ExpressionOptions): Parsed {
  try {
    return parse(text, options);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { error: diagnose(error, text, options.scheme) };
  }
}

function parse(text: string, options: ExpressionOptions): Parsed {
  const { scheme, lists = new ListIndex(), mode = 'compat' } = options;
  const limits = { ...DEFAULT_EXPRESSION_LIMITS, ...options.limits };
  refuseLength(text, limits.expressionBytes);
  const cursor = new Cursor(text);
  const warnings: ExpressionWarning[] = [];
  const state = { cursor, scheme, lists, mode, limits, warnings, depth: 0, quantified: false };
  cursor.skipSpace();
  const expression = parseLogical(state);
  const rest = cursor.at;
  if (expression.elementwise) {
    throw cursor.error('type', 'expected value of type Bool, but got Array<Bool>');
  }
  cursor.skipSpace();
  if (cursor.done) return { expression, warnings };
  cursor.at = rest;
  throw cursor.error('syntax', 'unrecognised input');
}

function refuseLength(text: string, most: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= most) return;
  const message = `expression of ${bytes} bytes is too long (limit: ${most})`;
  throw new ExpressionError('limit', message, { start: 0, end: 0 }, 'move the values into a list');
}
