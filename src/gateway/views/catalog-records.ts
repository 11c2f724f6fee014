/** Records of categories and applications for the management API (Cloudflare's categories and app_types). */
import type { Catalog } from '../../catalog/catalog.ts';
import { APPLICATION_TYPES, CATEGORIES } from '../../catalog/gateway-ids.ts';
import type { ApplicationRecord, ApplicationTypeRecord, CategoryRecord } from '../control/catalog-record.ts';

/** The ids were published without dates; this is when our list was compiled. */
const CREATED_AT = '2025-01-01T00:00:00Z';

export function listCategories(): CategoryRecord[] {
  const all = [...CATEGORIES.values()];
  return all
    .filter(({ parentId }) => parentId === undefined)
    .map(({ id, name }) => ({
      ...category(id, name),
      subcategories: all
        .filter(({ parentId }) => parentId === id)
        .map((part) => category(part.id, part.name)),
    }));
}

/** A single array: types first, then applications. */
export function listApplicationTypes(catalog: Catalog): (ApplicationTypeRecord | ApplicationRecord)[] {
  const types = Array.from(APPLICATION_TYPES.values(), ({ id, name }) => ({
    id,
    name,
    description: name,
    created_at: CREATED_AT,
  }));
  const applications = Array.from(catalog.applications.values(), ({ id, name, typeId }) => ({
    id,
    name,
    application_type_id: typeId,
    created_at: CREATED_AT,
  }));
  return [...types, ...applications];
}

function category(id: number, name: string): CategoryRecord {
  return { id, name, description: name, class: 'free', beta: false, subcategories: [] };
}
