/** Makes the records of rule traces: each expression with the comparisons that determine its result. */
import type { ExpressionTrace, RuleTrace } from '../../policy/rules/explain.ts';
import type { ExplainedPart, ExplainedRule } from '../control/explanation.ts';

/** In the order of evaluation. */
export function explainRules(traces: readonly RuleTrace[]): ExplainedRule[] {
  return traces.map(({ rule, matched, parts }) => ({
    id: rule.id,
    name: rule.name,
    precedence: rule.precedence,
    enabled: rule.enabled,
    holds: matched,
    parts: parts.map(({ part, explanation }) => explainPart(part, explanation)),
  }));
}

function explainPart(field: ExplainedPart['field'], explanation: ExpressionTrace): ExplainedPart {
  const holds = explanation.held ?? false;
  return { field, text: explanation.text, holds, because: findReasons(explanation, holds) };
}

/** Describes the comparisons that contribute to the result `wanted`, which a `not` inverts. */
function findReasons(explanation: ExpressionTrace, wanted: boolean): string[] {
  if (explanation.seen !== undefined) return [describeComparison(explanation)];
  const agreeing = explanation.parts.filter(({ held }) => held === undefined || held === wanted);
  const relevant = agreeing.length > 0 ? agreeing : explanation.parts;
  return relevant.flatMap((part) => findReasons(part, part.held ?? wanted));
}

function describeComparison({ text, seen = [] }: ExpressionTrace): string {
  if (seen.length === 0) return `${text}: the value is missing`;
  return `${text}: the value is ${seen.map((value) => JSON.stringify(value)).join(', ')}`;
}
