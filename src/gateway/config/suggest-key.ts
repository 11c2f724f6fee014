/** "Did you mean": the known key nearest to one that is not known. */

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

/** Levenshtein distance, one row at a time. */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const substitute = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(substitute, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
