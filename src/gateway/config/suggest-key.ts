/** Finds the known key that is most similar to an unknown one, for "did you mean". */
import { countEdits } from '../../report/count-edits.ts';

/** The most similar key of `known` that differs in at most a third of the letters; undefined if there is none. */
export function suggestKey(unknown: string, known: readonly string[]): string | undefined {
  const wanted = fold(unknown);
  const furthest = Math.max(1, Math.floor(wanted.length / 3));
  const ranked = known
    .map((key) => ({ key, distance: countEdits(wanted, fold(key)) }))
    .filter(({ distance }) => distance <= furthest)
    .sort((one, other) => one.distance - other.distance);
  return ranked[0]?.key;
}

/** Makes `nextHop4`, `next-hop4` and `next_hop4` equal. Truncates long keys, since the comparison is quadratic. */
function fold(key: string): string {
  return key.slice(0, 64).toLowerCase().replace(/[_-]/g, '');
}
