/**
 * Fills in what a rule in a policy file may omit: an id, derived from the name so that it is stable across restarts, and a
 * precedence after all given ones (docs/policy.md, Rules).
 */
import { createHash } from 'node:crypto';
import { completePrecedences } from '../../policy/rules/complete-precedences.ts';
import type { PolicyRule } from '../config/load-policy.ts';

export type CompleteRule = PolicyRule & { readonly id: string; readonly precedence: number };

/** In the order of the file. */
export function completeRules(rules: readonly PolicyRule[]): CompleteRule[] {
  const precedences = completePrecedences(rules.map(({ precedence }) => precedence));
  const namesakes = new Map<string, number>();
  return rules.map((rule, index) => {
    const earlier = namesakes.get(rule.name) ?? 0;
    namesakes.set(rule.name, earlier + 1);
    return { ...rule, id: rule.id ?? nameId(rule.name, earlier), precedence: precedences[index] ?? 0 };
  });
}

/** A name-based UUID (RFC 9562 section 5.8, version 8 over SHA-256). Rules with the same name are told apart by their order. */
function nameId(name: string, earlier: number): string {
  const text = earlier === 0 ? name : `${name}\n${earlier}`;
  const hash = createHash('sha256').update(`syngate rule ${text}`).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
