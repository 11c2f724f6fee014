/** What must be so before something bigger can be: all of several things, or one of several; a key is the smallest. */
export type Need<K> =
  | { readonly kind: 'key'; readonly key: K }
  | { readonly kind: 'every' | 'some'; readonly parts: ReadonlyArray<Need<K>> };

export function need<K>(key: K): Need<K> {
  return { kind: 'key', key };
}

/** Undefined needs nothing, so it adds nothing to what the others need. */
export function every<K>(parts: ReadonlyArray<Need<K> | undefined>): Need<K> | undefined {
  const known = parts.flatMap((part) => (part?.kind === 'every' ? part.parts : (part ?? [])));
  return known.length > 1 ? { kind: 'every', parts: known } : known[0];
}

/** With one way that needs nothing, nothing is needed. */
export function some<K>(parts: ReadonlyArray<Need<K> | undefined>): Need<K> | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  return known.length === 1 ? known[0] : { kind: 'some', parts: known };
}
