/** What a rule must say beside its expressions (management-api.md C.2, "minimum strictness per filter"). */
import { parseAddress } from '../wire/address.ts';
import type { Filter, RuleObject } from './rule-object.ts';
import { problemOf, type RuleProblem } from './rule-problem.ts';

const DEFAULT_EGRESS = '0.0.0.0';

export function checkRule(rule: RuleObject, index: number, filter: Filter): readonly RuleProblem[] {
  const problems: RuleProblem[] = [];
  const refuse = (code: RuleProblem['code'], pointer: string, message: string) =>
    problems.push(problemOf(rule, index, code, pointer, message));
  if ((filter === 'egress') !== (rule.action === 'egress')) {
    refuse('action', '/action', `Cannot use action '${rule.action}': the rule's filter is '${filter}'`);
  }
  if (filter !== 'dns' && isSet(rule.expiration)) {
    refuse('expiration', '/expiration', 'Expiration can only be set for DNS rules');
  }
  if (filter !== 'dns' && filter !== 'dns_resolver' && isSet(rule.schedule)) {
    refuse('expiration', '/schedule', 'Schedule can only be set for DNS rules');
  }
  const settings = rule.rule_settings?.egress;
  if (settings && filter !== 'egress') {
    refuse(
      'egress',
      '/rule_settings/egress',
      `Cannot choose an egress address: the rule's filter is '${filter}'`,
    );
  }
  if (settings && filter === 'egress') {
    for (const [field, message] of checkEgress(settings))
      refuse('egress', `/rule_settings/egress/${field}`, message);
  }
  return problems;
}

type Settings = NonNullable<NonNullable<RuleObject['rule_settings']>['egress']>;

/** Field and message of each fault. */
function checkEgress({ ipv4, ipv4_fallback, ipv6 }: Settings): ReadonlyArray<readonly [string, string]> {
  const faults: Array<readonly [string, string]> = [];
  if (ipv4 && !isIpv4(ipv4)) faults.push(['ipv4', `Cannot use '${ipv4}': expected an IPv4 address`]);
  if (ipv4 === DEFAULT_EGRESS) {
    faults.push([
      'ipv4',
      `Cannot use '${ipv4}' as primary: it means the default egress, as ipv4_fallback only`,
    ]);
  }
  if (ipv4_fallback && !isIpv4(ipv4_fallback)) {
    faults.push(['ipv4_fallback', `Cannot use '${ipv4_fallback}': expected an IPv4 address, or 0.0.0.0`]);
  }
  if (ipv4 && !ipv4_fallback) {
    faults.push([
      'ipv4_fallback',
      `Cannot use ${ipv4} alone: name another address, or 0.0.0.0 for the default egress`,
    ]);
  }
  if (!ipv4 && ipv4_fallback) faults.push(['ipv4', `Cannot fall back to ${ipv4_fallback}: there is no ipv4`]);
  if (ipv4 && ipv4 === ipv4_fallback && ipv4 !== DEFAULT_EGRESS) {
    faults.push(['ipv4_fallback', `Cannot fall back to ${ipv4_fallback}: it is the primary itself`]);
  }
  if (ipv6 && !isIpv6Prefix(ipv6)) faults.push(['ipv6', `Cannot use '${ipv6}': expected an IPv6 prefix`]);
  return faults;
}

function isIpv4(text: string): boolean {
  return parseAddress(text)?.length === 4;
}

/** Host bits are allowed: published samples have them. */
function isIpv6Prefix(text: string): boolean {
  const [address = '', length = '128', ...rest] = text.split('/');
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  return rest.length === 0 && bits <= 128 && parseAddress(address)?.length === 16;
}

/** The API sends null for what is not set. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
