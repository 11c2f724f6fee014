/** A compiled rule: up to three expressions, all of which must hold, and the settings of its action. */

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
} from './rule-object.ts';
import { problemOf, type RuleProblem } from './rule-problem.ts';

/** Addresses as the rule writes them: IPv4, IPv4 (`0.0.0.0` is the default egress), IPv6 with or without a length. */
export interface EgressSettings {
  readonly ipv4?: string;
  readonly ipv4_fallback?: string;
  readonly ipv6?: string;
}

/** One of the expressions, with the text that its spans count in. */
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
  /** The fields its expressions name; facts for it are of this scheme. */
  readonly scheme: Scheme;
  /** Absent: the default egress method. */
  readonly egress?: EgressSettings;
  readonly filtering: Filtering;
  /** Whether a log of flows says where they went. */
  readonly logsDestination: boolean;
  /** The object it was made from, for settings of other actions. */
  readonly source: RuleObject;
  /** Only the parts that set a condition. */
  readonly parts: readonly CompiledPart[];
  readonly matches: Predicate;
}

/** Compiles a rule of the filter that the compiler's scheme is for. The rule is undefined when an expression has an error. */
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

function egressOf(source: RuleObject): EgressSettings | undefined {
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

function conjoin(parts: readonly CompiledPart[]): Predicate {
  const [first, second, third] = parts
    .toSorted((one, other) => byCost(one.expression, other.expression))
    .map(({ holds }) => holds);
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (third === undefined) return (facts: Facts) => first(facts) && second(facts);
  return (facts: Facts) => first(facts) && second(facts) && third(facts);
}
