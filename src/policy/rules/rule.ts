/** Compiles a rule: up to three expressions, all of which must hold, and the settings of its action. */

import { byCost } from '../evaluation/compile-expression.ts';
import type { ExpressionCompiler } from '../evaluation/expression-compiler.ts';
import type { Facts } from '../evaluation/facts.ts';
import type { Predicate } from '../evaluation/predicate.ts';
import type { Expression } from '../language/ast.ts';
import type { Scheme } from '../language/scheme.ts';
import { checkRule } from './check-rule.ts';
import {
  FILTERINGS,
  type Filter,
  type Filtering,
  RULE_PARTS,
  type RuleObject,
  type RulePart,
  SOURCE_PORTS,
  type SourcePort,
} from './rule-object.ts';
import { problemOf, type RuleProblem } from './rule-problem.ts';

/** `rule_settings.egress` as written: `ipv4_fallback` may be `0.0.0.0` (the default egress), `ipv6` may have a prefix length. */
export interface RuleEgress {
  readonly ipv4?: string;
  readonly ipv4_fallback?: string;
  readonly ipv6?: string;
}

/** One of the expressions, with the text that its spans refer to. */
export interface CompiledPart {
  readonly part: RulePart;
  readonly text: string;
  readonly expression: Expression;
  readonly holds: Predicate;
}

export interface CompiledRule {
  readonly id: string;
  readonly name: string;
  readonly precedence: number;
  readonly enabled: boolean;
  readonly action: string;
  readonly filter: Filter;
  /** The scheme of its expressions, and of the facts that it is evaluated on. */
  readonly scheme: Scheme;
  /** Absent: the default egress method. */
  readonly egress?: RuleEgress;
  readonly filtering: Filtering;
  readonly sourcePort: SourcePort;
  /** Whether the flow log includes the destination of its flows. */
  readonly logsDestination: boolean;
  /** The object it was compiled from, which has the settings of other actions. */
  readonly source: RuleObject;
  /** Only the expressions that are not empty. */
  readonly parts: readonly CompiledPart[];
  readonly matches: Predicate;
}

/** Compiles a rule; `compiler` must be for the scheme of its filter. The rule is undefined if an expression has an error. */
export function compileRule(
  source: RuleObject,
  place: { readonly index: number; readonly precedence: number; readonly filter: Filter },
  compiler: ExpressionCompiler,
): { readonly rule: CompiledRule | undefined; readonly problems: readonly RuleProblem[] } {
  const problems = [...checkRule(source, place.index, place.filter)];
  const parts: CompiledPart[] = [];
  for (const part of RULE_PARTS) {
    const compiled = compilePart(source, part, place.index, compiler, problems);
    if (compiled !== undefined) parts.push(compiled);
  }
  if (problems.some(({ code }) => code === 'expression')) return { rule: undefined, problems };
  const { index: _, ...placed } = place;
  const settings = egressOf(source);
  const rule: CompiledRule = {
    ...placed,
    id: source.id ?? source.name,
    name: source.name,
    enabled: source.enabled ?? false,
    action: source.action,
    scheme: compiler.options.scheme,
    ...(settings === undefined ? {} : { egress: settings }),
    filtering: filteringOf(source),
    sourcePort: sourcePortOf(source),
    logsDestination: source.rule_settings?.flow_log?.destination ?? true,
    source,
    parts,
    matches: conjoin(parts),
  };
  return { rule, problems };
}

function compilePart(
  source: RuleObject,
  part: RulePart,
  index: number,
  compiler: ExpressionCompiler,
  problems: RuleProblem[],
): CompiledPart | undefined {
  const text = source[part] ?? '';
  if (text.trim() === '') return undefined;
  const compiled = compiler.compile(text);
  const pointer = `/${part}`;
  if ('error' in compiled) {
    const { error } = compiled;
    problems.push({ ...problemOf(source, index, 'expression', pointer, error.text), diagnosis: error });
    return undefined;
  }
  for (const { code, message } of compiled.warnings) {
    problems.push({ ...problemOf(source, index, code, pointer, message), severity: 'warning' });
  }
  return { part, text, expression: compiled.expression, holds: compiled.holds };
}

function egressOf(source: RuleObject): RuleEgress | undefined {
  const { ipv4, ipv4_fallback, ipv6 } = source.rule_settings?.egress ?? {};
  if (!ipv4 && !ipv4_fallback && !ipv6) return undefined;
  return {
    ...(ipv4 ? { ipv4 } : {}),
    ...(ipv4_fallback ? { ipv4_fallback } : {}),
    ...(ipv6 ? { ipv6 } : {}),
  };
}

function filteringOf(source: RuleObject): Filtering {
  const filtering = source.rule_settings?.nat?.filtering;
  return FILTERINGS.find((known) => known === filtering) ?? FILTERINGS[0];
}

function sourcePortOf(source: RuleObject): SourcePort {
  const sourcePort = source.rule_settings?.nat?.source_port;
  return SOURCE_PORTS.find((known) => known === sourcePort) ?? SOURCE_PORTS[0];
}

function conjoin(parts: readonly CompiledPart[]): Predicate {
  const [first, second, third] = parts
    .toSorted((one, other) => byCost(one.expression, other.expression))
    .map(({ holds }) => holds);
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (third === undefined) return (facts: Facts) => first(facts) && second(facts);
  return (facts: Facts) => first(facts) && second(facts) && third(facts);
}
