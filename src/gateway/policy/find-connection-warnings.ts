/**
 * Finds egress and network rules that compile but use fields that are never known here, or have an action that is not enforced.
 */
import type { CompiledPolicy } from '../../policy/rules/compile-rules.ts';
import { fieldsOf } from '../../policy/rules/expression-fields.ts';
import type { CompiledRule } from '../../policy/rules/rule.ts';
import { NOT_ENFORCED, type RulePart } from '../../policy/rules/rule-object.ts';

/** A warning about the rule with this id. */
export interface ConnectionWarning {
  readonly id: string;
  readonly field: RulePart | 'action';
  readonly message: string;
}

/** The gateway does not inspect the content of connections and has no proxy endpoints. */
const NEVER_KNOWN: ReadonlySet<string> = new Set([
  ...['net.sni.host', 'net.sni.domains', 'net.detected_protocol', 'net.protocol.detection'],
  'proxy.endpoint',
]);

export function findConnectionWarnings({
  ruleSet,
  networkRules,
}: Pick<CompiledPolicy, 'ruleSet' | 'networkRules'>): ConnectionWarning[] {
  return [
    ...[...ruleSet.rules, ...networkRules.rules].flatMap(findNeverKnown),
    ...networkRules.rules.flatMap(findNotEnforced),
  ];
}

function findNeverKnown({ id, parts }: CompiledRule): ConnectionWarning[] {
  return parts.flatMap(({ part, expression }) =>
    [...new Set(fieldsOf(expression))]
      .filter((name) => NEVER_KNOWN.has(name))
      .map((name) => ({
        id,
        field: part,
        message: `${name} is never known here: conditions on it see it missing`,
      })),
  );
}

function findNotEnforced({ id, action }: CompiledRule): ConnectionWarning[] {
  if (!NOT_ENFORCED.has(action)) return [];
  return [{ id, field: 'action', message: `action '${action}' of network rules is kept and not enforced` }];
}
