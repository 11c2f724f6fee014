/** What an expression says about a context, for the tests of this folder. */
import { runExpressionCase } from '../../src/policy/conformance/case.ts';
import type { ListObject } from '../../src/policy/lists/list-object.ts';
import type { CompileOptions } from '../../src/policy/rules/compile-rules.ts';

export interface Evaluation {
  readonly context?: Readonly<Record<string, unknown>>;
  readonly lists?: ListObject[];
  readonly options?: CompileOptions;
}

/** true, false, or the engine's words about the first error. */
export function evaluate(traffic: string, { context = {}, lists = [], options = {} }: Evaluation = {}) {
  const outcome = runExpressionCase({ name: traffic, traffic, lists, context, expect: true }, options);
  const error = outcome.problems.find(({ severity }) => severity === 'error');
  return error === undefined ? outcome.actual : (error.diagnosis?.message ?? error.message);
}
