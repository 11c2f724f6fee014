/** Finds lists by the reference in an expression: a UUID with or without dashes, or a name. */
import { foldId } from '../values/object-id.ts';
import type { ValueList } from './value-list.ts';

export class ListIndex {
  readonly #byId = new Map<string, ValueList>();
  readonly #byName = new Map<string, ValueList[]>();

  constructor(lists: readonly ValueList[] = []) {
    for (const list of lists) {
      this.#byId.set(foldId(list.id), list);
      const key = nameKey(list.name);
      this.#byName.set(key, [...(this.#byName.get(key) ?? []), list]);
    }
  }

  /** The list, or why there is none. */
  find(reference: string): ValueList | string {
    const byId = this.#byId.get(foldId(reference));
    if (byId !== undefined) return byId;
    const [first, ...others] = this.#byName.get(nameKey(reference)) ?? [];
    if (first === undefined) return `unknown list "${reference}"`;
    return others.length === 0 ? first : `list name "${reference}" is not unique: use the list's id`;
  }
}

/** A reference cannot contain white space, so an underscore stands for it. */
function nameKey(name: string): string {
  return name.trim().replaceAll(/\s+/g, '_').toLowerCase();
}
