/** A rule as the management API and policy files spell it (Cloudflare's Gateway rules). Keys not named here are left alone. */
import { z } from 'zod';

/** The three texts of a rule, in the order in which they are asked. */
export const RULE_PARTS = ['traffic', 'identity', 'device_posture'] as const;
export type RulePart = (typeof RULE_PARTS)[number];

export const FILTERS = ['egress', 'l4', 'dns', 'dns_resolver', 'http'] as const;
export type Filter = (typeof FILTERS)[number];

/** What a rule of each filter may do (docs/policy.md, Rules). */
export const ACTIONS: Readonly<Record<Filter, readonly string[]>> = {
  egress: ['egress'],
  l4: ['allow', 'block', 'l4_override', 'audit_ssh'],
  dns: ['allow', 'block', 'override', 'safesearch', 'ytrestricted'],
  dns_resolver: ['resolve'],
  http: [
    ...['on', 'off', 'allow', 'block', 'scan', 'noscan', 'isolate', 'noisolate', 'quarantine', 'redirect'],
    ...['safesearch', 'ytrestricted'],
  ],
};

/** Actions of connection and DNS rules that are kept and not enforced: a rule with one is as if it were not there. */
export const NOT_ENFORCED: ReadonlySet<string> = new Set([
  ...['l4_override', 'audit_ssh'],
  ...['safesearch', 'ytrestricted'],
]);

/** Who may send to a mapping (RFC 4787 section 5); the first is what holds without a word. */
export const FILTERINGS = ['address-and-port-dependent', 'endpoint-independent'] as const;
export type Filtering = (typeof FILTERINGS)[number];

const expression = z.string().nullish();

export const ruleObjectSchema = z.looseObject({
  /** Default: the name. */
  id: z.string().min(1).nullish(),
  name: z.string().min(1),
  /** Lower is asked first. Default: behind all that are given, see `completePrecedences`. */
  precedence: z.int().nullish(),
  /** Default: false, as the API has it. */
  enabled: z.boolean().nullish(),
  action: z.string(),
  filters: z.array(z.string()).nullish(),
  /** Absent or empty: no condition. */
  traffic: expression,
  identity: expression,
  device_posture: expression,
  rule_settings: z
    .looseObject({
      egress: z
        .looseObject({
          ipv4: z.string().nullish(),
          ipv4_fallback: z.string().nullish(),
          ipv6: z.string().nullish(),
        })
        .nullish(),
      /** The gateway's own: how flows under the rule are translated. */
      nat: z.looseObject({ filtering: z.string().nullish() }).nullish(),
      /** Likewise: what a log of flows says of them. */
      flow_log: z.looseObject({ destination: z.boolean().nullish() }).nullish(),
    })
    .nullish(),
  schedule: z.unknown().optional(),
  expiration: z.unknown().optional(),
});

export type RuleObject = z.input<typeof ruleObjectSchema>;
