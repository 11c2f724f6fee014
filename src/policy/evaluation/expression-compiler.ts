/**
 * Compiles the expressions of one scheme, each distinct text only once: rules often repeat conditions on groups and lists, and
 * closures shared by many rules stay in the processor's cache.
 */
import type { Expression } from '../language/ast.ts';
import type { Diagnosis } from '../language/diagnose.ts';
import { type ExpressionOptions, parseExpression } from '../language/expression.ts';
import type { ExpressionWarning } from '../language/parse-state.ts';
import { compileExpression } from './compile-expression.ts';
import type { Predicate } from './predicate.ts';

export type CompiledText =
  | {
      readonly expression: Expression;
      readonly warnings: readonly ExpressionWarning[];
      readonly holds: Predicate;
    }
  | { readonly error: Diagnosis };

export class ExpressionCompiler {
  readonly options: ExpressionOptions;
  readonly #known = new Map<string, CompiledText>();

  constructor(options: ExpressionOptions) {
    this.options = options;
  }

  compile(text: string): CompiledText {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const parsed = parseExpression(text, this.options);
    const compiled = 'error' in parsed ? parsed : { ...parsed, holds: compileExpression(parsed.expression) };
    this.#known.set(text, compiled);
    return compiled;
  }
}
