/** A necessary condition: a single key, every one of several conditions, or at least one of them. */
export type Need<K> =
  | { readonly kind: 'key'; readonly key: K }
  | { readonly kind: 'every' | 'some'; readonly parts: ReadonlyArray<Need<K>> };

/** The condition that one key is present. */
export function need<K>(key: K): Need<K> {
  return { kind: 'key', key };
}

/** The conjunction of `parts`, in which undefined means "no condition" and is skipped. Undefined if no part has a condition. */
export function every<K>(parts: ReadonlyArray<Need<K> | undefined>): Need<K> | undefined {
  const known = parts.flatMap((part) => (part?.kind === 'every' ? part.parts : (part ?? [])));
  return known.length > 1 ? { kind: 'every', parts: known } : known[0];
}

/** The disjunction of `parts`. Undefined if any part has no condition, since that part can hold without any key. */
export function some<K>(parts: ReadonlyArray<Need<K> | undefined>): Need<K> | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  return known.length === 1 ? known[0] : { kind: 'some', parts: known };
}
