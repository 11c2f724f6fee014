/**
 * Compiles a whole policy from plain objects: pure, so that each worker can compile it for itself. Reports every problem of
 * every rule and list. If one of them is an error, the caller must refuse the policy as a whole.
 */

import { describeFault } from '../../report/describe-fault.ts';
import { finish, type Steps } from '../../time/steps.ts';
import { ExpressionCompiler } from '../evaluation/expression-compiler.ts';
import { dnsScheme } from '../language/dns-scheme.ts';
import type { ExpressionOptions } from '../language/expression.ts';
import { gatewayScheme } from '../language/gateway-scheme.ts';
import type { Scheme } from '../language/scheme.ts';
import { ListIndex } from '../lists/list-index.ts';
import { ListMembership } from '../lists/list-membership.ts';
import type { ListObject } from '../lists/list-object.ts';
import { foldId } from '../values/object-id.ts';
import { compileListsInSteps } from './compile-lists.ts';
import { completePrecedences } from './complete-precedences.ts';
import { findRuleWarnings, type PlacedRule } from './find-rule-warnings.ts';
import { compileRule } from './rule.ts';
import { FILTERS, type Filter, type RuleObject, ruleObjectSchema } from './rule-object.ts';
import { pointerTo, problemOf, type RuleProblem } from './rule-problem.ts';
import { RuleSet } from './rule-set.ts';

export interface CompileOptions extends Omit<ExpressionOptions, 'scheme' | 'lists'> {
  /** The scheme for rules of a filter. Default: the gateway's own schemes. */
  readonly schemeOf?: (filter: Filter) => Scheme;
}

export interface CompiledPolicy {
  /** The egress rules. */
  readonly ruleSet: RuleSet;
  /** The rules of filter `l4`. */
  readonly networkRules: RuleSet;
  readonly dnsRules: RuleSet;
  readonly resolverRules: RuleSet;
  readonly problems: readonly RuleProblem[];
}

export function compileRules(
  objects: readonly RuleObject[],
  lists: readonly ListObject[],
  options: CompileOptions = {},
): CompiledPolicy {
  return finish(compileRulesInSteps(objects, lists, options));
}

/** As `compileRules`, in bounded steps: at most one rule, or some entries of a list, per step. */
export function* compileRulesInSteps(
  objects: readonly RuleObject[],
  lists: readonly ListObject[],
  options: CompileOptions = {},
): Steps<CompiledPolicy> {
  const problems: RuleProblem[] = [];
  const compiledLists = yield* compileListsInSteps(lists, problems);
  const index = new ListIndex(compiledLists);
  const membership = yield* ListMembership.inSteps(compiledLists);
  const placed = yield* placeRules(objects, problems);
  for (const duplicate of findDuplicates(placed)) problems.push(duplicate);
  const rules = yield* compilePlaced(placed, { ...options, lists: index }, problems);
  for (const warning of yield* findRuleWarnings(rules)) problems.push(warning);
  const setOf = (filter: Filter) =>
    RuleSet.inSteps(
      rules.flatMap(({ rule }) => (rule.filter === filter ? [rule] : [])),
      membership,
    );
  return {
    ruleSet: yield* setOf('egress'),
    networkRules: yield* setOf('l4'),
    dnsRules: yield* setOf('dns'),
    resolverRules: yield* setOf('dns_resolver'),
    problems,
  };
}

interface Placed {
  readonly object: RuleObject;
  /** Position in the input. */
  readonly index: number;
  readonly precedence: number;
}

/** The objects with the shape of a rule, each with its precedence. */
function* placeRules(objects: readonly RuleObject[], problems: RuleProblem[]): Steps<readonly Placed[]> {
  const sound: { readonly object: RuleObject; readonly index: number }[] = [];
  for (const [index, object] of objects.entries()) {
    yield;
    const { error } = ruleObjectSchema.safeParse(object);
    if (error === undefined) sound.push({ object, index });
    for (const issue of error?.issues ?? [])
      problems.push(problemOf(object, index, 'shape', pointerTo(issue.path), describeFault(object, issue)));
  }
  const precedences = completePrecedences(sound.map(({ object }) => object.precedence));
  return sound.map(({ object, index }, position) => ({
    object,
    index,
    precedence: precedences[position] ?? 0,
  }));
}

function* compilePlaced(
  placed: readonly Placed[],
  { schemeOf = ownSchemeOf, ...options }: CompileOptions & { readonly lists: ListIndex },
  problems: RuleProblem[],
): Steps<readonly PlacedRule[]> {
  const compilers = new Map<Scheme, ExpressionCompiler>();
  const compilerFor = (scheme: Scheme) => {
    const compiler = compilers.get(scheme) ?? new ExpressionCompiler({ ...options, scheme });
    compilers.set(scheme, compiler);
    return compiler;
  };
  const rules: PlacedRule[] = [];
  for (const { object, index, precedence } of placed) {
    yield;
    const filter = filterOf(object, index, problems);
    if (filter === undefined || filter === 'http') continue;
    const place = { index, precedence, filter };
    const compiled = compileRule(object, place, compilerFor(schemeOf(filter)));
    problems.push(...compiled.problems);
    if (compiled.rule !== undefined) rules.push({ rule: compiled.rule, index });
  }
  return rules;
}

function ownSchemeOf(filter: Filter): Scheme {
  return filter === 'dns' || filter === 'dns_resolver' ? dnsScheme : gatewayScheme;
}

/** The filter of a rule, which must have exactly one; a rule without filters is an egress rule if its action is `egress`. */
function filterOf(rule: RuleObject, index: number, problems: RuleProblem[]): Filter | undefined {
  const given = rule.filters ?? [];
  const name = given.length === 0 && rule.action === 'egress' ? 'egress' : given[0];
  const filter = FILTERS.find((known) => known === name);
  if (filter === undefined || given.length > 1) {
    const found = given.length === 0 ? 'there is none' : `found '${given.join("', '")}'`;
    const message = `Cannot file the rule: expected one filter of ${FILTERS.join(', ')}, ${found}`;
    problems.push(problemOf(rule, index, 'filter', '/filters', message));
    return undefined;
  }
  if (filter === 'http') {
    const message = 'HTTP rules are kept and not enforced';
    problems.push({ ...problemOf(rule, index, 'not_enforced', '/filters', message), severity: 'warning' });
  }
  return filter;
}

/** Ids and precedences must be unique across all filters. */
function findDuplicates(placed: readonly Placed[]): readonly RuleProblem[] {
  const ids = new Set<string>();
  const precedences = new Set<number>();
  return placed.flatMap(({ object, index, precedence }) => {
    const id = typeof object.id === 'string' ? foldId(object.id) : object.name;
    const found: RuleProblem[] = [];
    if (ids.has(id)) {
      const message = `Cannot use id '${object.id ?? object.name}': another rule has it`;
      found.push(problemOf(object, index, 'duplicate', '/id', message));
    }
    if (precedences.has(precedence)) {
      const message = `A rule with this precedence already exists: ${precedence}`;
      found.push(problemOf(object, index, 'duplicate', '/precedence', message));
    }
    ids.add(id);
    precedences.add(precedence);
    return found;
  });
}
