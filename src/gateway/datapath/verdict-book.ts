/** Numbers for rules, so that a flow's record can name the rule it was born with, also after that rule is gone. */
export interface VerdictName {
  /** Null when no rule matched. */
  readonly rule: string | null;
  readonly name: string;
}

export class VerdictBook {
  readonly unmatched = 0;
  readonly #names: VerdictName[] = [{ rule: null, name: 'no rule matched' }];
  readonly #numbers = new Map<string, number>();

  numberOf(rule: string, name: string): number {
    const key = JSON.stringify([rule, name]);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#names.push({ rule, name });
    this.#numbers.set(key, this.#names.length - 1);
    return this.#names.length - 1;
  }

  nameOf(number: number): VerdictName | undefined {
    return this.#names[number];
  }
}
