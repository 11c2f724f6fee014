/** Validates the addresses of an egress rule, each by itself and in combination (docs/policy.md, Rules). */
import { parseAddress } from '../../wire/address.ts';
import type { RuleObject } from './rule-object.ts';

export interface EgressFault {
  /** The offending key of `rule_settings.egress`. */
  readonly field: 'ipv4' | 'ipv4_fallback' | 'ipv6';
  readonly message: string;
}

type Settings = NonNullable<NonNullable<RuleObject['rule_settings']>['egress']>;

/** As a fallback, this stands for the default egress method. */
const DEFAULT_EGRESS = '0.0.0.0';

export function checkEgress({ ipv4, ipv4_fallback: fallback, ipv6 }: Settings): readonly EgressFault[] {
  const faults: EgressFault[] = [];
  const refuse = (field: EgressFault['field'], message: string) => faults.push({ field, message });
  if (ipv4 && !isIpv4(ipv4)) refuse('ipv4', `Cannot use '${ipv4}': expected an IPv4 address`);
  if (ipv4 === DEFAULT_EGRESS)
    refuse('ipv4', `Cannot use '${ipv4}' as primary: it is for ipv4_fallback only`);
  if (ipv4 && !fallback) {
    refuse('ipv4_fallback', `Cannot use ${ipv4} alone: name a fallback, 0.0.0.0 for the default egress`);
  }
  if (fallback && !ipv4) refuse('ipv4', `Cannot fall back to ${fallback}: there is no ipv4`);
  if (fallback && !isIpv4(fallback)) {
    refuse('ipv4_fallback', `Cannot use '${fallback}': expected an IPv4 address, or 0.0.0.0`);
  }
  if (fallback && fallback === ipv4 && fallback !== DEFAULT_EGRESS) {
    refuse('ipv4_fallback', `Cannot fall back to ${fallback}: it is the primary itself`);
  }
  if (ipv6 && !isIpv6Prefix(ipv6)) refuse('ipv6', `Cannot use '${ipv6}': expected an IPv6 prefix`);
  return faults;
}

function isIpv4(text: string): boolean {
  return parseAddress(text)?.length === 4;
}

/** Host bits are allowed, because published examples have them. */
function isIpv6Prefix(text: string): boolean {
  const [address = '', length = '128', ...rest] = text.split('/');
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  return rest.length === 0 && bits <= 128 && parseAddress(address)?.length === 16;
}
