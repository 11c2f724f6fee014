/** An error in a rule or a list, or a doubt about it. */
import { z } from 'zod';
import type { Diagnosis } from '../language/diagnose.ts';

export type RuleProblemCode =
  | 'shape' // not the object the API describes
  | 'expression' // one of the three texts; `diagnosis` tells where
  | 'action' // the action and the filter do not go together
  | 'filter' // none, several or an unknown one
  | 'expiration' // 2142 in Cloudflare's API: schedule and expiration are for DNS rules
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
  /** An error means: refuse the whole set. */
  readonly severity: 'error' | 'warning';
  readonly code: RuleProblemCode;
  readonly subject: 'rule' | 'list';
  /** Index among the objects that were given. */
  readonly index: number;
  readonly id: string | undefined;
  readonly name: string | undefined;
  /** JSON pointer into the object, such as `/identity`. */
  readonly pointer: string;
  readonly message: string;
  readonly diagnosis?: Diagnosis;
}

/** An error of a rule, or of what was given for one. */
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

/** Whatever it is that was given, only its texts can name it. */
const identitySchema = z
  .object({
    id: z.string().optional().catch(undefined),
    name: z.string().optional().catch(undefined),
  })
  .catch({ id: undefined, name: undefined });

/** The JSON pointer (RFC 6901) of a path. */
export function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
