/** "Did you mean": the known key most similar to an unknown one. */
import { countEdits } from '../../report/count-edits.ts';

/** A key of `known` that is a slip of the pen away from `unknown` (a third of its letters at most), or undefined. */
export function suggestKey(unknown: string, known: readonly string[]): string | undefined {
  const wanted = fold(unknown);
  const furthest = Math.max(1, Math.floor(wanted.length / 3));
  const ranked = known
    .map((key) => ({ key, distance: countEdits(wanted, fold(key)) }))
    .filter(({ distance }) => distance <= furthest)
    .sort((one, other) => one.distance - other.distance);
  return ranked[0]?.key;
}

/** `nextHop4`, `next-hop4` and `next_hop4` are the same word to a person. Long nonsense is cut: only its start is compared. */
function fold(key: string): string {
  return key.slice(0, 64).toLowerCase().replace(/[_-]/g, '');
}
