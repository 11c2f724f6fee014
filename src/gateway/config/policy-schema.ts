/**
 * The schema of the policy file: an object with the resources of the management API (Cloudflare's, for Gateway rules and lists).
 * Only the shape is checked here; `policy` and `identity` check rules and references, and `PolicySource.problem` adds positions
 * to what they report. Keys that the server adds (`created_at`, …) are accepted, so that an export can be used as a policy.
 */
import { z } from 'zod';
import { LIST_TYPES } from '../../policy/lists/list-type.ts';

const text = z.string();
const timestamp = text.nullable().optional();

const egressSettings = z.strictObject({
  ipv4: text.nullish(),
  ipv4_fallback: text.nullish(),
  ipv6: text.nullish(),
});

/** Not in Cloudflare's API. */
const natSettings = z.strictObject({ filtering: text.nullish(), source_port: text.nullish() });
const flowLogSettings = z.strictObject({ destination: z.boolean().nullish() });

/** Settings of other rule types are passed through. */
const ruleSettings = z.looseObject({
  egress: egressSettings.nullable().optional(),
  nat: natSettings.nullable().optional(),
  flow_log: flowLogSettings.nullable().optional(),
});

const rule = z.strictObject({
  id: text.min(1).optional(),
  name: text.min(1),
  description: text.optional(),
  precedence: z.int().optional(),
  enabled: z.boolean().optional(),
  action: text,
  filters: z.array(text).optional(),
  traffic: text.nullish(),
  identity: text.nullish(),
  device_posture: text.nullish(),
  rule_settings: ruleSettings.nullable().optional(),
  schedule: z.looseObject({}).nullable().optional(),
  expiration: z.looseObject({}).nullable().optional(),
  created_at: timestamp,
  updated_at: timestamp,
  deleted_at: timestamp,
  version: z.int().optional(),
  read_only: z.boolean().optional(),
  sharable: z.boolean().optional(),
  source_account: text.nullable().optional(),
  warning_status: text.nullable().optional(),
});

const itemValue = z.union([text, z.number()]);
/** An object as in the API, or the bare value. */
const listItem = z.preprocess(
  (item) => (itemValue.safeParse(item).success ? { value: item } : item),
  z.strictObject({ value: itemValue, description: text.optional(), created_at: timestamp }),
);

const list = z.strictObject({
  id: text.min(1),
  name: text.min(1),
  type: z.enum(LIST_TYPES),
  description: text.optional(),
  count: z.int().optional(),
  items: z.array(listItem).default([]),
  /** A CSV file with further entries, relative to the policy file. */
  file: text.min(1).optional(),
  created_at: timestamp,
  updated_at: timestamp,
});

const resources = z.array(z.looseObject({})).default([]);

export const policySchema = z.strictObject({
  rules: z.array(rule).default([]),
  lists: z.array(list).default([]),
  users: resources,
  groups: resources,
  devices: resources,
  virtual_networks: resources,
  catalog: z.looseObject({}).default({}),
});

/** A policy as plain JSON values, with rules in the order of the file. */
export type PolicyFile = z.output<typeof policySchema>;
export type PolicyRule = PolicyFile['rules'][number];
export type PolicyList = PolicyFile['lists'][number];
