/** What policy knows about a name from the name and its CNAME targets alone; computed once, when its lease is made. */
import type { NamedFacts } from '../datapath/flow-facts.ts';

/** The applications and categories that a hostname belongs to. */
export interface NameCatalog {
  lookup(hostname: string): {
    readonly applicationIds: readonly number[];
    readonly applicationTypeIds: readonly number[];
    readonly categoryIds: readonly number[];
  };
}

/** `aliases`: the CNAME targets that rules may match as well. */
export function describeName(
  hostname: string,
  catalog: NameCatalog,
  aliases: readonly string[] = [],
): NamedFacts {
  const names = [hostname, ...aliases];
  const found = names.map((name) => catalog.lookup(name));
  return {
    hostname,
    aliases,
    domains: distinct(names.map(listDomains)),
    applicationIds: distinct(found.map(({ applicationIds }) => applicationIds)),
    applicationTypeIds: distinct(found.map(({ applicationTypeIds }) => applicationTypeIds)),
    categoryIds: distinct(found.map(({ categoryIds }) => categoryIds)),
  };
}

function distinct<T>(parts: readonly (readonly T[])[]): readonly T[] {
  const [first = [], ...others] = parts;
  return others.length === 0 ? first : [...new Set(parts.flat())];
}

/** The name itself and all its parents, longest first, without the root. */
function listDomains(hostname: string): string[] {
  const labels = hostname.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}
