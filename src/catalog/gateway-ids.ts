/** Ids and names of content categories, application types and applications, as the management API shows them. */
import ids from './data/gateway-ids.json' with { type: 'json' };
import own from './data/own-applications.json' with { type: 'json' };

export interface Category {
  readonly id: number;
  readonly name: string;
  /** The category this one is part of; undefined for one of the first level. */
  readonly parentId: number | undefined;
}

export interface Application {
  readonly id: number;
  readonly name: string;
  readonly typeId: number;
}

export interface ApplicationType {
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

/** Those of gateway-ids.json, and those it lacks; a policy file may add more. */
export const APPLICATIONS: ReadonlyMap<number, Application> = byId([
  ...ids.application_types.flatMap((type) =>
    type.applications.map(({ id, name }) => ({ id, name, typeId: type.id })),
  ),
  ...own.applications.map(({ id, name, type }) => ({ id, name, typeId: type })),
]);

const SECURITY_THREATS = 21;

/** Whether it is one of the categories that rules select as security categories (malware, phishing and their like). */
export function isSecurityCategory(id: number): boolean {
  return id === SECURITY_THREATS || CATEGORIES.get(id)?.parentId === SECURITY_THREATS;
}

function byId<T extends { readonly id: number }>(items: readonly T[]): Map<number, T> {
  return new Map(items.map((item) => [item.id, item]));
}
