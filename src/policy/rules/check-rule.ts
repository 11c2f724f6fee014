/** Validates everything about a rule but its expressions (docs/policy.md, Rules). */
import { checkEgress } from './check-egress.ts';
import { ACTIONS, FILTERINGS, type Filter, type RuleObject, SOURCE_PORTS } from './rule-object.ts';
import { problemOf, type RuleProblem, type RuleProblemCode } from './rule-problem.ts';

export function checkRule(rule: RuleObject, index: number, filter: Filter): readonly RuleProblem[] {
  const problems: RuleProblem[] = [];
  const refuse: Refuse = (code, pointer, message) =>
    problems.push(problemOf(rule, index, code, pointer, message));
  const { action, schedule, expiration } = rule;
  const actions = ACTIONS[filter];
  if (!actions.includes(action)) {
    const choices = `a rule of filter '${filter}' takes ${actions.join(', ')}`;
    refuse('action', '/action', `Cannot use action '${action}': ${choices}`);
  }
  if (isSet(expiration) && filter !== 'dns') {
    refuse('expiration', '/expiration', 'Expiration can only be set for DNS rules');
  }
  if (isSet(schedule) && filter !== 'dns' && filter !== 'dns_resolver') {
    refuse('expiration', '/schedule', 'Schedule can only be set for DNS rules');
  }
  checkSettings(rule, filter, refuse);
  return problems;
}

/** Validates the settings that only an egress rule may have. */
function checkSettings({ rule_settings }: RuleObject, filter: Filter, refuse: Refuse): void {
  const { egress, nat, flow_log } = rule_settings ?? {};
  const isEgress = filter === 'egress';
  if (egress && !isEgress) {
    refuse(
      'egress',
      '/rule_settings/egress',
      `Cannot choose an egress address: the rule's filter is '${filter}'`,
    );
  } else if (egress) {
    for (const { field, message } of checkEgress(egress))
      refuse('egress', `/rule_settings/egress/${field}`, message);
  }
  if (nat && !isEgress)
    refuse('nat', '/rule_settings/nat', `Cannot set how to translate: the rule's filter is '${filter}'`);
  if (flow_log && !isEgress)
    refuse(
      'flow_log',
      '/rule_settings/flow_log',
      `Cannot set what is logged: the rule's filter is '${filter}'`,
    );
  for (const [field, allowed] of [
    ['filtering', FILTERINGS],
    ['source_port', SOURCE_PORTS],
  ] as const) {
    const value = nat?.[field] ?? undefined;
    if (value !== undefined && !allowed.some((known) => known === value))
      refuse('nat', `/rule_settings/nat/${field}`, `Cannot use '${value}': expected ${allowed.join(' or ')}`);
  }
}

type Refuse = (code: RuleProblemCode, pointer: string, message: string) => void;

/** The API sends null for a key that is not set. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
