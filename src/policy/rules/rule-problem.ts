/** An error in a rule or a list, or a warning about it. */
import { z } from 'zod';
import type { Diagnosis } from '../language/diagnose.ts';

export type RuleProblemCode =
  | 'shape' // not an object as in the API
  | 'expression' // in one of the three expressions; `diagnosis` has the position
  | 'action' // not an action of the rule's filter
  | 'filter' // none, several or an unknown one
  | 'expiration' // schedule and expiration are for DNS rules (error 2142 of Cloudflare's API)
  | 'egress' // an address of rule_settings.egress
  | 'nat' // rule_settings.nat
  | 'flow_log' // rule_settings.flow_log
  | 'duplicate' // an id or a precedence that another rule has
  | 'list' // an entry or an id of a list
  | 'implicit_any'
  | 'never_matches'
  | 'anonymous'
  | 'unreachable'
  | 'not_enforced'
  | 'disabled';

export interface RuleProblem {
  /** With an error, the policy must be refused as a whole. */
  readonly severity: 'error' | 'warning';
  readonly code: RuleProblemCode;
  readonly subject: 'rule' | 'list';
  /** Position of the rule or list in the input. */
  readonly index: number;
  readonly id: string | undefined;
  readonly name: string | undefined;
  /** JSON pointer (RFC 6901) into the object, such as `/identity`. */
  readonly pointer: string;
  readonly message: string;
  readonly diagnosis?: Diagnosis;
}

/** An error in `rule`, which may be any value that was given as a rule. */
export function problemOf(
  rule: unknown,
  index: number,
  code: RuleProblemCode,
  pointer: string,
  message: string,
): RuleProblem {
  const { id, name } = identitySchema.parse(rule);
  return { severity: 'error', code, subject: 'rule', index, id, name, pointer, message };
}

/** Picks an id and a name from any value; undefined if it has none. */
const identitySchema = z
  .object({
    id: z.string().optional().catch(undefined),
    name: z.string().optional().catch(undefined),
  })
  .catch({ id: undefined, name: undefined });

/** The JSON pointer (RFC 6901) for a path. */
export function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
