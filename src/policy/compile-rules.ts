/**
 * A whole policy from plain objects: pure, so that each worker can do it for itself. Every problem of every rule and
 * list is told; when one of them is an error, the caller must refuse the whole set.
 */

import { compileLists } from './compile-lists.ts';
import { dnsScheme } from './dns-scheme.ts';
import type { ExpressionOptions } from './expression.ts';
import { findDoubts, type PlacedRule } from './find-doubts.ts';
import { gatewayScheme } from './gateway-scheme.ts';
import { ListIndex } from './list-index.ts';
import type { ListObject } from './list-object.ts';
import { compileRule } from './rule.ts';
import { FILTERS, type Filter, type RuleObject, ruleObjectSchema } from './rule-object.ts';
import { pointerTo, problemOf, type RuleProblem } from './rule-problem.ts';
import { RuleSet } from './rule-set.ts';
import type { Scheme } from './scheme.ts';

export interface CompileOptions extends Omit<ExpressionOptions, 'scheme' | 'lists'> {
  /** The fields a filter's rules may name; default: the gateway's own. */
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
  const problems: RuleProblem[] = [];
  const index = new ListIndex(compileLists(lists, problems));
  const rules = compileObjects(objects, { ...options, lists: index }, problems);
  problems.push(...findDuplicates(rules), ...findDoubts(rules));
  const setOf = (filter: Filter) =>
    new RuleSet(rules.flatMap(({ rule }) => (rule.filter === filter ? [rule] : [])));
  return {
    ruleSet: setOf('egress'),
    networkRules: setOf('l4'),
    dnsRules: setOf('dns'),
    resolverRules: setOf('dns_resolver'),
    problems,
  };
}

function compileObjects(
  objects: readonly RuleObject[],
  options: Omit<CompileOptions, 'schemeOf'> & {
    readonly lists: ListIndex;
    readonly schemeOf?: CompileOptions['schemeOf'];
  },
  problems: RuleProblem[],
): readonly PlacedRule[] {
  let highest = 0;
  return objects.flatMap((object, index) => {
    const checked = ruleObjectSchema.safeParse(object);
    if (!checked.success) {
      for (const issue of checked.error.issues) {
        problems.push(problemOf(object, index, 'shape', pointerTo(issue.path), issue.message));
      }
      return [];
    }
    // A gap of 1000 leaves room for rules between (management-api.md C.2).
    const precedence = object.precedence ?? highest + 1000;
    highest = Math.max(highest, precedence);
    const filter = filterOf(object, index, problems);
    if (filter === undefined || filter === 'http') return [];
    const scheme = (options.schemeOf ?? ownSchemeOf)(filter);
    const compiled = compileRule(object, { index, precedence, filter }, { ...options, scheme });
    problems.push(...compiled.problems);
    return compiled.rule === undefined ? [] : [{ rule: compiled.rule, index }];
  });
}

function ownSchemeOf(filter: Filter): Scheme {
  return filter === 'dns' || filter === 'dns_resolver' ? dnsScheme : gatewayScheme;
}

/** The one filter of a rule. Without any, an egress rule is known by its action. */
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

/** Ids and precedences are unique in an account, across filters. */
function findDuplicates(rules: readonly PlacedRule[]): readonly RuleProblem[] {
  const ids = new Set<string>();
  const precedences = new Set<number>();
  return rules.flatMap(({ rule, index }) => {
    const { id, precedence, source } = rule;
    const found: RuleProblem[] = [];
    if (ids.has(id)) {
      found.push(problemOf(source, index, 'duplicate', '/id', `Cannot use id '${id}': another rule has it`));
    }
    if (precedences.has(precedence)) {
      const message = `A rule with this precedence already exists: ${precedence}`;
      found.push(problemOf(source, index, 'duplicate', '/precedence', message));
    }
    ids.add(id);
    precedences.add(precedence);
    return found;
  });
}
