/** Converts a policy file's list to the form that is compiled: all entries as texts, since YAML reads some as numbers. */
import type { CsvItems } from '../../policy/lists/list-csv.ts';
import type { PolicyList } from '../config/load-policy.ts';
import type { Loaded } from './last-good.ts';

export type FilledList = Omit<PolicyList, 'items'> & {
  readonly items: { value: string; description?: string }[];
};

/**
 * Entries of the policy file come first, so that their indices match their positions in it; then those of the list's own file.
 */
export function fillList({ items, ...list }: PolicyList, imported: Loaded<CsvItems> | undefined): FilledList {
  const own = items.map(({ value, description }) => ({
    value: String(value),
    ...(description === undefined ? {} : { description }),
  }));
  if (imported === undefined) return { ...list, items: own };
  return { ...list, items: own.concat(imported.value.items), updated_at: imported.loadedAt.toISOString() };
}
