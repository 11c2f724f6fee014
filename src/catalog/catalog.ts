/**
 * What a hostname belongs to: applications, their types, and content categories with the categories they are part of.
 * Asked once when a lease is made; never on the way of a packet.
 */
import { readBuiltIn } from './built-in.ts';
import { type CatalogObjects, type CatalogProblem, readCatalogObjects } from './catalog-objects.ts';
import { APPLICATIONS, type Application, CATEGORIES } from './gateway-ids.ts';
import { HostnameMap } from './hostname-map.ts';

export interface CatalogFacts {
  readonly applicationIds: readonly number[];
  readonly applicationTypeIds: readonly number[];
  /** Each followed by the category it is part of, without repetition. */
  readonly categoryIds: readonly number[];
}

/**
 * The built-in catalogue with a policy file's `catalog` section laid over it: at the very same name the section
 * replaces what is built in, otherwise the longer name decides. With problems, the section is left out.
 */
export function buildCatalog(section?: unknown): { catalog: Catalog; problems: CatalogProblem[] } {
  const { objects, problems } = readCatalogObjects(section);
  return { catalog: new Catalog(objects), problems };
}

export class Catalog {
  /** Built-in ones and those of the policy file, by id. */
  readonly applications: ReadonlyMap<number, Application>;
  readonly #applicationIds = new HostnameMap<readonly number[]>();
  readonly #categoryIds = new HostnameMap<readonly number[]>();

  constructor(section: CatalogObjects) {
    this.applications = withOwnApplications(section.applications);
    lay(this.#applicationIds, readBuiltIn('applications'));
    lay(this.#applicationIds, section.applications);
    lay(this.#categoryIds, readBuiltIn('categories'));
    lay(this.#categoryIds, section.categories);
  }

  /** The facts about a name, in any case and with or without a trailing dot; empty lists for a name nobody knows. */
  lookup(hostname: string): CatalogFacts {
    const applicationIds = this.#applicationIds.find(hostname) ?? [];
    const types = applicationIds.map((id) => this.applications.get(id)?.typeId);
    return {
      applicationIds,
      applicationTypeIds: unique(types),
      categoryIds: unique((this.#categoryIds.find(hostname) ?? []).flatMap(withParent)),
    };
  }
}

function withOwnApplications(own: CatalogObjects['applications']): Map<number, Application> {
  const applications = new Map(APPLICATIONS);
  for (const { id, name, application_type_id: typeId } of own)
    if (name !== undefined && typeId !== undefined) applications.set(id, { id, name, typeId });
  return applications;
}

/** Puts a layer over the map: its names replace those of the layers below, and gather the ids of this one. */
function lay(
  map: HostnameMap<readonly number[]>,
  layer: readonly { readonly id: number; readonly hostnames: readonly string[] }[],
): void {
  const idsByName = new Map<string, number[]>();
  for (const { id, hostnames } of layer)
    for (const name of hostnames) idsByName.set(name, [...(idsByName.get(name) ?? []), id]);
  for (const [name, ids] of idsByName) map.set(name, ids);
}

function withParent(id: number): (number | undefined)[] {
  return [id, CATEGORIES.get(id)?.parentId];
}

function unique(ids: readonly (number | undefined)[]): number[] {
  return [...new Set(ids)].filter((id) => id !== undefined);
}
