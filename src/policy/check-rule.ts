/** What a rule must say beside its expressions (management-api.md C.2, "minimum strictness per filter"). */
import { checkEgress } from './check-egress.ts';
import { ACTIONS, type Filter, type RuleObject } from './rule-object.ts';
import { problemOf, type RuleProblem, type RuleProblemCode } from './rule-problem.ts';

export function checkRule(rule: RuleObject, index: number, filter: Filter): readonly RuleProblem[] {
  const problems: RuleProblem[] = [];
  const refuse = (code: RuleProblemCode, pointer: string, message: string) =>
    problems.push(problemOf(rule, index, code, pointer, message));
  const { action, schedule, expiration } = rule;
  if (!ACTIONS.some((known) => known === action)) {
    refuse('action', '/action', `Cannot use action '${action}': expected one of ${ACTIONS.join(', ')}`);
  } else if ((filter === 'egress') !== (action === 'egress')) {
    refuse('action', '/action', `Cannot use action '${action}': the rule's filter is '${filter}'`);
  }
  if (isSet(expiration) && filter !== 'dns') {
    refuse('expiration', '/expiration', 'Expiration can only be set for DNS rules');
  }
  if (isSet(schedule) && filter !== 'dns' && filter !== 'dns_resolver') {
    refuse('expiration', '/schedule', 'Schedule can only be set for DNS rules');
  }
  const settings = rule.rule_settings?.egress;
  if (!settings) return problems;
  if (filter !== 'egress') {
    const message = `Cannot choose an egress address: the rule's filter is '${filter}'`;
    refuse('egress', '/rule_settings/egress', message);
    return problems;
  }
  for (const { field, message } of checkEgress(settings)) {
    refuse('egress', `/rule_settings/egress/${field}`, message);
  }
  return problems;
}

/** The API sends null for what is not set. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
