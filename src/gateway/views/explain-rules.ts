/** Rule traces as records: each expression with the smallest parts that made it hold or fail. */
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

/** The comparisons below that share the whole's truth; around a `not` the truth turns. */
function findReasons(explanation: ExpressionTrace, wanted: boolean): string[] {
  if (explanation.seen !== undefined) return [describeComparison(explanation)];
  const agreeing = explanation.parts.filter(({ held }) => held === undefined || held === wanted);
  const telling = agreeing.length > 0 ? agreeing : explanation.parts;
  return telling.flatMap((part) => findReasons(part, part.held ?? wanted));
}

function describeComparison({ text, seen = [] }: ExpressionTrace): string {
  if (seen.length === 0) return `${text}: the value is missing`;
  return `${text}: the value is ${seen.map((value) => JSON.stringify(value)).join(', ')}`;
}
