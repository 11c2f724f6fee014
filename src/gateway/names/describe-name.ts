/** The policy's facts that follow from a name and its CNAME targets alone; computed once, when the name is leased. */
import { domainsOf } from '../../policy/values/domain-name.ts';
import type { NamedFacts } from '../datapath/admission/flow-facts.ts';

/** Looks up the applications and categories of a hostname. */
export interface NameCatalog {
  lookup(hostname: string): {
    readonly applicationIds: readonly number[];
    readonly applicationTypeIds: readonly number[];
    readonly categoryIds: readonly number[];
  };
}

/** `aliases` are the CNAME targets, if rules may match them too. */
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
    domains: distinct(names.map(domainsOf)),
    applicationIds: distinct(found.map(({ applicationIds }) => applicationIds)),
    applicationTypeIds: distinct(found.map(({ applicationTypeIds }) => applicationTypeIds)),
    categoryIds: distinct(found.map(({ categoryIds }) => categoryIds)),
  };
}

function distinct<T>(parts: readonly (readonly T[])[]): readonly T[] {
  const [first = [], ...others] = parts;
  return others.length === 0 ? first : [...new Set(parts.flat())];
}
