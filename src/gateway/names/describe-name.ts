/** What policy knows of a name from the name alone; worked out once, when its lease is made. */
import type { NamedFacts } from '../datapath/flow-facts.ts';

/** What applications and categories a hostname belongs to. */
export interface NameCatalog {
  lookup(hostname: string): {
    readonly applicationIds: readonly number[];
    readonly applicationTypeIds: readonly number[];
    readonly categoryIds: readonly number[];
  };
}

export function describeName(hostname: string, catalog: NameCatalog): NamedFacts {
  const { applicationIds, applicationTypeIds, categoryIds } = catalog.lookup(hostname);
  return { hostname, domains: listDomains(hostname), applicationIds, applicationTypeIds, categoryIds };
}

/** The name itself and all its parents, longest first, without the root. */
function listDomains(hostname: string): string[] {
  const labels = hostname.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}
