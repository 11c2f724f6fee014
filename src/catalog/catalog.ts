/**
 * Looks up the applications, application types and content categories of a hostname. Done once when a name is leased, never per
 * packet.
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

interface CatalogFacts {
  readonly applicationIds: readonly number[];
  readonly applicationTypeIds: readonly number[];
  /** Distinct; each is followed by its parent category. */
  readonly categoryIds: readonly number[];
}

/** Reads the file of an imported list; undefined on an error, which the callback itself must report. */
export type LoadSource = (source: SourceObject, index: number) => DomainSet | undefined;

/**
 * Combines the built-in catalogue with the `catalog` section of a policy file. For the same name, the section overrides the
 * built-in entry; otherwise the longest matching name decides. Imported lists add their category, except where the section has
 * an equally long or longer matching name. If the section has problems, it is ignored.
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
  /** By id, both built-in ones and those of the policy file. */
  readonly applications: ReadonlyMap<number, Application>;
  readonly #applicationIds = new HostnameMap<readonly number[]>();
  readonly #builtInCategories = new HostnameMap<readonly number[]>();
  readonly #ownCategories = new HostnameMap<readonly number[]>();
  readonly #imported: readonly ImportedList[];

  constructor(section: CatalogObjects, imported: readonly ImportedList[]) {
    this.#imported = imported;
    this.applications = withOwnApplications(section.applications);
    addLayer(this.#applicationIds, readBuiltIn('applications'));
    addLayer(this.#applicationIds, section.applications);
    addLayer(this.#builtInCategories, readBuiltIn('categories'));
    addLayer(this.#ownCategories, section.categories);
  }

  /** Takes a name in any letter case, with or without a trailing dot. The lists are empty for an unknown name. */
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

/** Adds a layer of names to the map. Its names replace equal ones of earlier layers; ids of the same name are merged. */
function addLayer(
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
