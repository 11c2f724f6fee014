/** A necessary condition: a single key, every one of several conditions, or at least one of them. */
export type Need<K> =
  | { readonly kind: 'key'; readonly key: K }
  | { readonly kind: 'every' | 'some'; readonly parts: ReadonlyArray<Need<K>> };

/** The condition that consists of one key. */
export function need<K>(key: K): Need<K> {
  return { kind: 'key', key };
}

/** All of `parts`; undefined stands for no condition, so it adds nothing. Undefined if no part has a condition. */
export function every<K>(parts: ReadonlyArray<Need<K> | undefined>): Need<K> | undefined {
  const known = parts.flatMap((part) => (part?.kind === 'every' ? part.parts : (part ?? [])));
  return known.length > 1 ? { kind: 'every', parts: known } : known[0];
}

/** At least one of `parts`; if any of them has no condition, neither has the whole. */
export function some<K>(parts: ReadonlyArray<Need<K> | undefined>): Need<K> | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  return known.length === 1 ? known[0] : { kind: 'some', parts: known };
}
