/** Policies and leases as tests write them, in the shapes the control thread posts to a worker. */
import type { GeoLocation } from '../../src/catalog/geolocation.ts';
import type { LeaseFacts } from '../../src/gateway/datapath/admission/lease-book.ts';
import { describeName } from '../../src/gateway/names/describe-name.ts';
import { DEFAULT_EXPRESSIONS } from '../../src/gateway/policy/compile-policy.ts';
import { completeRules } from '../../src/gateway/policy/complete-rules.ts';
import type { PolicySnapshot } from '../../src/gateway/worker/worker-protocol.ts';
import { readIdentities } from '../../src/identity/read-identities.ts';
import { compileRules } from '../../src/policy/rules/compile-rules.ts';
import { type Prefix, parsePrefix } from '../../src/wire/address.ts';
import { addressBytes } from './address-text.ts';

/** A rule as a few words; an egress rule unless it blocks. */
export interface RuleText {
  readonly name: string;
  readonly traffic?: string;
  readonly identity?: string;
  readonly ipv4?: string;
  readonly fallback?: string;
  readonly ipv6?: string;
  readonly blocks?: boolean;
  /** Anybody may send to the mappings of its flows. */
  readonly isOpen?: boolean;
  readonly keepsPort?: boolean;
  readonly logsDestination?: boolean;
}

export const PEOPLE = {
  groups: [{ name: 'finance' }],
  users: [
    { email: 'alice@example.com', name: 'Alice', groups: ['finance'] },
    { email: 'bob@example.com', name: 'Bob', groups: [] },
  ],
  devices: [
    { name: 'laptop', user: 'alice@example.com', addresses: ['10.64.0.2', 'fd00:64::2'] },
    { name: 'desktop', user: 'bob@example.com', addresses: ['10.64.0.3', 'fd00:64::3'] },
  ],
};

/** The bank of the story: finance leaves from its own addresses, and only towards the bank. */
export const BANK_RULE: RuleText = {
  name: 'bank',
  traffic: 'net.fqdn.host == "bank.example.com"',
  identity: 'any(identity.groups[*].name in {"finance"})',
  ipv4: '203.0.113.9',
  fallback: '203.0.113.10',
  ipv6: '2001:db8:1::2/128',
};

/** Throws when the policy itself is wrong. */
export function makePolicy(rules: readonly RuleText[]): PolicySnapshot {
  const objects = completeRules(
    rules.map(
      ({
        name,
        traffic = '',
        identity = '',
        blocks = false,
        isOpen = false,
        keepsPort = false,
        logsDestination = true,
        ipv4,
        fallback,
        ipv6,
      }) => ({
        name,
        enabled: true,
        action: blocks ? 'block' : 'egress',
        filters: [blocks ? 'l4' : 'egress'],
        traffic,
        identity,
        rule_settings: {
          ...(ipv4 === undefined && ipv6 === undefined
            ? {}
            : { egress: { ipv4, ipv4_fallback: fallback, ipv6 } }),
          ...(logsDestination ? {} : { flow_log: { destination: false } }),
          ...(isOpen ? { nat: { filtering: 'endpoint-independent' } } : {}),
          ...(keepsPort ? { nat: { source_port: 'preserve' } } : {}),
        },
      }),
    ),
  );
  const { entries, problems } = readIdentities(PEOPLE);
  const errors = compileRules(objects, []).problems.filter(({ severity }) => severity === 'error');
  const wrong = [...problems, ...errors].map(({ message }) => message);
  if (wrong.length > 0) throw new Error(`Cannot make the test's policy: ${wrong.join('; ')}`);
  const expressions = DEFAULT_EXPRESSIONS;
  return { rules: objects, lists: [], expressions, identities: entries, virtualNetworkId: undefined };
}

/** A lease: its slot gives both synthetic addresses. */
export function makeLease(
  slot: number,
  hostname: string,
  real: {
    readonly ipv4?: readonly string[];
    readonly ipv6?: readonly string[];
    readonly geo?: GeoLocation;
  },
): LeaseFacts {
  const none = { applicationIds: [], applicationTypeIds: [], categoryIds: [] };
  return {
    slot,
    ...describeName(hostname, { lookup: () => none }),
    ipv4: addressBytes(syntheticOf(slot, 4)),
    ipv6: addressBytes(syntheticOf(slot, 6)),
    real4: (real.ipv4 ?? []).map(addressBytes),
    real6: (real.ipv6 ?? []).map(addressBytes),
    geo4: (real.ipv4 ?? []).map(() => real.geo),
    geo6: (real.ipv6 ?? []).map(() => real.geo),
    isShared: true,
  };
}

export function syntheticOf(slot: number, family: 4 | 6): string {
  return family === 4 ? `100.80.${slot >> 8}.${slot & 255}` : `2606:4700:cf1:4000::${slot.toString(16)}`;
}

/** An address stands for the prefix of itself. */
export function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`);
  if (prefix === undefined) throw new Error(`Cannot use ${text} as prefix in a test`);
  return prefix;
}
