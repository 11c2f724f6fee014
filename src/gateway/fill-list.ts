/** A policy file's list as the policy compiles it: entries as texts, since YAML reads some of them as numbers. */
import type { PolicyList } from './config/load-policy.ts';

export type FilledList = Omit<PolicyList, 'items'> & {
  readonly items: { value: string; description?: string }[];
};

export function fillList({ items, ...list }: PolicyList): FilledList {
  return {
    ...list,
    items: items.map(({ value, description }) => ({
      value: String(value),
      ...(description === undefined ? {} : { description }),
    })),
  };
}
