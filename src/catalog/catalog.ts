/**
 * What a hostname belongs to: applications, their types, and content categories with their parent categories. Consulted
 * once when a lease is made, never per packet.
 */
import { readBuiltIn } from './built-in.ts';
import {
  type CatalogObjects,
  type CatalogProblem,
  readCatalogObjects,
  type SourceObject,
} from './catalog-objects.ts';
import type { DomainSet } from './domain-set.ts';
import { APPLICATIONS, type Application, CATEGORIES } from './gateway-ids.ts';
import { HostnameMap } from './hostname-map.ts';

export interface CatalogFacts {
  readonly applicationIds: readonly number[];
  readonly applicationTypeIds: readonly number[];
  /** Each followed by the category it is part of, without repetition. */
  readonly categoryIds: readonly number[];
}

/** Reads the file of an imported list; undefined when it cannot, which is for the caller to tell. */
export type LoadSource = (source: SourceObject, index: number) => DomainSet | undefined;

/**
 * The built-in catalogue with a policy file's `catalog` section laid over it: at the very same name the section
 * replaces what is built in, otherwise the longer name decides. Imported lists add their categories, except to names
 * that the section itself says more about. With problems, the section is left out.
 */
export function buildCatalog(
  section?: unknown,
  load: LoadSource = () => undefined,
): { catalog: Catalog; problems: CatalogProblem[] } {
  const { objects, problems } = readCatalogObjects(section);
  const imported = objects.sources.flatMap((source, index) => {
    const names = load(source, index);
    return names === undefined ? [] : [{ categoryId: source.category, names }];
  });
  return { catalog: new Catalog(objects, imported), problems };
}

interface ImportedList {
  readonly categoryId: number;
  readonly names: DomainSet;
}

export class Catalog {
  /** Built-in ones and those of the policy file, by id. */
  readonly applications: ReadonlyMap<number, Application>;
  readonly #applicationIds = new HostnameMap<readonly number[]>();
  readonly #builtInCategories = new HostnameMap<readonly number[]>();
  readonly #ownCategories = new HostnameMap<readonly number[]>();
  readonly #imported: readonly ImportedList[];

  constructor(section: CatalogObjects, imported: readonly ImportedList[]) {
    this.#imported = imported;
    this.applications = withOwnApplications(section.applications);
    lay(this.#applicationIds, readBuiltIn('applications'));
    lay(this.#applicationIds, section.applications);
    lay(this.#builtInCategories, readBuiltIn('categories'));
    lay(this.#ownCategories, section.categories);
  }

  /** The facts about a name, in any case and with or without a trailing dot; empty lists for a name nobody knows. */
  lookup(hostname: string): CatalogFacts {
    const applicationIds = this.#applicationIds.find(hostname) ?? [];
    const types = applicationIds.map((id) => this.applications.get(id)?.typeId);
    return {
      applicationIds,
      applicationTypeIds: unique(types),
      categoryIds: unique(this.#findCategories(hostname).flatMap(withParent)),
    };
  }

  #findCategories(hostname: string): number[] {
    const own = this.#ownCategories.findEntry(hostname);
    const builtIn = this.#builtInCategories.findEntry(hostname);
    const ownLength = own?.name.length ?? -1;
    const written = ownLength < (builtIn?.name.length ?? -1) ? builtIn : own;
    const imported = this.#imported.filter(({ names }) => (names.match(hostname) ?? -1) > ownLength);
    return [...(written?.value ?? []), ...imported.map(({ categoryId }) => categoryId)];
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
