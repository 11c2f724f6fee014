/** Numbers for rules, so that a flow's record can name the rule that decided it, even after that rule is gone. */
import type { CompiledRule } from '../../../policy/rules/rule.ts';

/** How a rule is shown to users. */
export interface VerdictName {
  /** Null when no rule matched. */
  readonly rule: string | null;
  readonly name: string;
  /** Whether a log of flows says where they went (RFC 6888 REQ-12). */
  readonly logsDestination: boolean;
}

export type NumberedRule = Pick<CompiledRule, 'id' | 'name' | 'logsDestination'>;

export class VerdictBook {
  readonly unmatched = 0;
  readonly #names: VerdictName[] = [{ rule: null, name: 'no rule matched', logsDestination: true }];
  readonly #numbers = new Map<string, number>();

  numberOf({ id, name, logsDestination }: NumberedRule): number {
    const key = JSON.stringify([id, name, logsDestination]);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#names.push({ rule: id, name, logsDestination });
    this.#numbers.set(key, this.#names.length - 1);
    return this.#names.length - 1;
  }

  nameOf(number: number): VerdictName | undefined {
    return this.#names[number];
  }
}
