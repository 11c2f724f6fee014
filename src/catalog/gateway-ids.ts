/** Ids and names of content categories, application types and applications, as in the management API. */
import ids from './data/gateway-ids.json' with { type: 'json' };
import own from './data/own-applications.json' with { type: 'json' };

interface Category {
  readonly id: number;
  readonly name: string;
  /** The parent category; undefined for a top-level category. */
  readonly parentId: number | undefined;
}

export interface Application {
  readonly id: number;
  readonly name: string;
  readonly typeId: number;
}

interface ApplicationType {
  readonly id: number;
  readonly name: string;
}

export const CATEGORIES: ReadonlyMap<number, Category> = byId(
  ids.content_categories.flatMap(({ id, name, subcategories }) => [
    { id, name, parentId: undefined },
    ...subcategories.map((part) => ({ ...part, parentId: id })),
  ]),
);

export const APPLICATION_TYPES: ReadonlyMap<number, ApplicationType> = byId(
  ids.application_types.map(({ id, name }) => ({ id, name })),
);

/** Those of gateway-ids.json and our own; a policy file may add more. */
export const APPLICATIONS: ReadonlyMap<number, Application> = byId([
  ...ids.application_types.flatMap((type) =>
    type.applications.map(({ id, name }) => ({ id, name, typeId: type.id })),
  ),
  ...own.applications.map(({ id, name, type }) => ({ id, name, typeId: type })),
]);

const SECURITY_THREATS = 21;

/** Whether the category is a security category (malware, phishing and the like). */
export function isSecurityCategory(id: number): boolean {
  return id === SECURITY_THREATS || CATEGORIES.get(id)?.parentId === SECURITY_THREATS;
}

function byId<T extends { readonly id: number }>(items: readonly T[]): Map<number, T> {
  return new Map(items.map((item) => [item.id, item]));
}
