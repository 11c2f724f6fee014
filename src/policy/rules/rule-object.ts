/** A rule in the format of the management API and policy files (Cloudflare's Gateway rules). Other keys are ignored. */
import { z } from 'zod';

/** The keys of a rule's three expressions. */
export const RULE_PARTS = ['traffic', 'identity', 'device_posture'] as const;
export type RulePart = (typeof RULE_PARTS)[number];

export const FILTERS = ['egress', 'l4', 'dns', 'dns_resolver', 'http'] as const;
export type Filter = (typeof FILTERS)[number];

/** The actions allowed for each filter (docs/policy.md, Rules). */
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

/** Actions of network and DNS rules that are accepted but not enforced: such a rule is skipped. */
export const NOT_ENFORCED: ReadonlySet<string> = new Set([
  ...['l4_override', 'audit_ssh'],
  ...['safesearch', 'ytrestricted'],
]);

/** NAT filtering behaviours (RFC 4787 section 5), the default first. */
export const FILTERINGS = ['address-and-port-dependent', 'endpoint-independent'] as const;
export type Filtering = (typeof FILTERINGS)[number];

/** Which external port a flow gets, the default first: any, or its own if it is free. */
export const SOURCE_PORTS = ['random', 'preserve'] as const;
export type SourcePort = (typeof SOURCE_PORTS)[number];

const expression = z.string().nullish();

export const ruleObjectSchema = z.looseObject({
  /** Default: `name`. */
  id: z.string().min(1).nullish(),
  name: z.string().min(1),
  /** Lower values are evaluated first. Default: see `completePrecedences`. */
  precedence: z.int().nullish(),
  /** Default: false, as in the API. */
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
      /** Not in Cloudflare's API: how flows that the rule decides are translated. */
      nat: z.looseObject({ filtering: z.string().nullish(), source_port: z.string().nullish() }).nullish(),
      /** Likewise: what the flow log records of them. */
      flow_log: z.looseObject({ destination: z.boolean().nullish() }).nullish(),
    })
    .nullish(),
  schedule: z.unknown().optional(),
  expiration: z.unknown().optional(),
});

export type RuleObject = z.input<typeof ruleObjectSchema>;
