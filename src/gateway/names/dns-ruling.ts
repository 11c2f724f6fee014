/** Reads the effect of a DNS rule from its action and settings (docs/dns.md, DNS rules). */
import { z } from 'zod';
import type { BlockReply, Ruling } from '../../resolver/answer/question-rules.ts';
import { type Address, parseAddress } from '../../wire/address.ts';
import { emitName } from '../../wire/dns/name.ts';

const settingsSchema = z.looseObject({
  override_host: z.string().nullish(),
  override_ips: z.array(z.string()).nullish(),
  block_reason: z.string().nullish(),
});

export interface DnsRuleText {
  readonly action: string;
  readonly rule_settings?: unknown;
}

/** `pass`: the question is allowed and later rules are skipped. `none`: the action is not enforced and the rule is ignored. */
export type DnsEffect = Ruling | 'pass' | 'none';

/** Short, because the text of an extended error is part of every answer. */
const MOST_REASON_LENGTH = 80;

/** Throws RangeError for invalid settings. */
export function readDnsEffect({ action, rule_settings }: DnsRuleText, reply: BlockReply): DnsEffect {
  if (action === 'allow') return 'pass';
  const settings = settingsSchema.safeParse(rule_settings ?? {});
  if (!settings.success) throw new RangeError(`Cannot read rule_settings: ${describeIssues(settings.error)}`);
  const { override_host, override_ips, block_reason } = settings.data;
  if (action === 'block') {
    const reason = block_reason?.slice(0, MOST_REASON_LENGTH) || 'blocked by policy';
    return { kind: 'block', reply, reason };
  }
  return action === 'override' ? readOverride(override_host || undefined, override_ips ?? []) : 'none';
}

function describeIssues({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => [...path.map(String), message].join(': ')).join('; ');
}

function readOverride(host: string | undefined, texts: readonly string[]): Ruling {
  if ((host === undefined) === (texts.length === 0)) {
    throw new RangeError('Cannot override: either override_host or override_ips is needed');
  }
  if (host === undefined) return { kind: 'addresses', addresses: texts.map(readAddress) };
  const hostname = host.toLowerCase().replace(/\.$/, '');
  const isName = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(hostname) && emitName(hostname).length > 1;
  if (!isName) throw new RangeError(`Cannot override: '${host}' is no hostname`);
  return { kind: 'other-host', hostname };
}

function readAddress(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new RangeError(`Cannot override: '${text}' is no IP address`);
  return address;
}
