/** Validates the `catalog` section of a policy file: further applications and hostnames, and imported lists of names. */
import { z } from 'zod';
import { describeFault } from '../report/describe-fault.ts';
import { SOURCE_FORMATS } from './domain-source.ts';
import { APPLICATION_TYPES, APPLICATIONS, CATEGORIES } from './gateway-ids.ts';
import { parseHostname } from './hostname.ts';

const catalogSchema = z.strictObject({
  applications: z
    .array(
      z.strictObject({
        id: z.int().positive(),
        /** Required for an application that is not in gateway-ids.json. */
        name: z.string().min(1).optional(),
        /** Likewise required; the id of an application type. */
        application_type_id: z.int().positive().optional(),
        hostnames: z.array(z.string()),
      }),
    )
    .default([]),
  categories: z.array(z.strictObject({ id: z.int().positive(), hostnames: z.array(z.string()) })).default([]),
  sources: z
    .array(
      z.strictObject({
        /** The category of all names in the file. */
        category: z.int().positive(),
        format: z.enum(SOURCE_FORMATS),
        /** Relative to the policy file. */
        path: z.string().min(1),
        /** The name of a list in a geosite file, such as `category-ads-all`. */
        list: z.string().min(1).optional(),
      }),
    )
    .default([]),
});

export type CatalogObjects = z.output<typeof catalogSchema>;
export type SourceObject = CatalogObjects['sources'][number];

/** A problem in the section. */
export interface CatalogProblem {
  /** The path of the field, such as `applications[0].hostnames[1]`. */
  readonly field: string;
  readonly message: string;
}

/** The section with hostnames in canonical form, and its problems; if there are any, the section returned is empty. */
export function readCatalogObjects(objects: unknown): {
  objects: CatalogObjects;
  problems: CatalogProblem[];
} {
  const empty: CatalogObjects = { applications: [], categories: [], sources: [] };
  const parsed = catalogSchema.safeParse(objects ?? {});
  if (!parsed.success)
    return { objects: empty, problems: parsed.error.issues.map((issue) => describeIssue(objects, issue)) };
  const problems: CatalogProblem[] = [];
  const report = (field: string, message: string) => problems.push({ field, message });
  const checked: CatalogObjects = {
    applications: parsed.data.applications.map((application, index) => ({
      ...application,
      hostnames: readHostnames(`applications[${index}]`, application.hostnames, report),
    })),
    categories: parsed.data.categories.map((category, index) => ({
      ...category,
      hostnames: readHostnames(`categories[${index}]`, category.hostnames, report),
    })),
    sources: parsed.data.sources,
  };
  checkApplications(checked.applications, report);
  checkCategories(checked.categories, report);
  checkSources(checked.sources, report);
  return { objects: problems.length === 0 ? checked : empty, problems };
}

type Report = (field: string, message: string) => void;

function checkApplications(applications: CatalogObjects['applications'], report: Report): void {
  const seen = new Set<number>();
  for (const [index, { id, name, application_type_id: typeId }] of applications.entries()) {
    const field = `applications[${index}]`;
    if (seen.has(id)) report(`${field}.id`, `Cannot add application ${id}: it is there already`);
    seen.add(id);
    const known = APPLICATIONS.get(id);
    if (known !== undefined) {
      if ((name ?? known.name) !== known.name)
        report(`${field}.name`, `Cannot rename application ${id} to ${name}: it is ${known.name}`);
      if ((typeId ?? known.typeId) !== known.typeId)
        report(
          `${field}.application_type_id`,
          `Cannot move application ${id} to type ${typeId}: it is of type ${known.typeId}`,
        );
    } else if (name === undefined || typeId === undefined)
      report(
        field,
        `Cannot add application ${id}: an id that is not built in needs name and application_type_id`,
      );
    else if (!APPLICATION_TYPES.has(typeId))
      report(
        `${field}.application_type_id`,
        `Cannot find application type ${typeId}: there is none of that id`,
      );
  }
}

function checkCategories(categories: CatalogObjects['categories'], report: Report): void {
  for (const [index, { id }] of categories.entries()) checkCategory(id, `categories[${index}].id`, report);
}

function checkSources(sources: CatalogObjects['sources'], report: Report): void {
  for (const [index, { category, format, list }] of sources.entries()) {
    checkCategory(category, `sources[${index}].category`, report);
    if (format === 'geosite' && list === undefined)
      report(`sources[${index}]`, 'Cannot leave list out: a geosite file holds many lists');
    if (format !== 'geosite' && list !== undefined)
      report(`sources[${index}].list`, `Cannot use ${list}: only a geosite file holds several lists`);
  }
}

function checkCategory(id: number, field: string, report: Report): void {
  if (!CATEGORIES.has(id)) report(field, `Cannot find category ${id}: there is none of that id`);
}

function readHostnames(field: string, texts: readonly string[], report: Report): string[] {
  return texts.flatMap((text, index) => {
    const name = parseHostname(text);
    if (name !== undefined) return [name];
    const hint = /^\*?\./.test(text)
      ? `everything below a name is meant anyway, write ${text.replace(/^\*?\./, '')}`
      : 'it is no host name';
    report(`${field}.hostnames[${index}]`, `Cannot use ${text}: ${hint}`);
    return [];
  });
}

function describeIssue(objects: unknown, issue: z.core.$ZodIssue): CatalogProblem {
  const steps = issue.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return { field: steps.join('').replace(/^\./, ''), message: describeFault(objects, issue) };
}
