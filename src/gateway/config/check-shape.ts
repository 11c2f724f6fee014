/** Validates a file against a zod schema, and turns zod's issues into problems with a position in the file. */
import type { z } from 'zod';
import { describeFault, quoteValue } from '../../report/describe-fault.ts';
import { ConfigError, type ConfigProblem } from '../../report/errors.ts';
import { suggestKey } from './suggest-key.ts';
import { type FieldPath, formatFieldPath, type YamlSource } from './yaml-source.ts';

/** The parsed value. Throws ConfigError with all problems, in the order of the file. */
export function checkShape<Schema extends z.ZodType>(source: YamlSource, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(source.value);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => describeIssue(source, schema, issue));
  throw new ConfigError(sortByPosition(problems));
}

export function sortByPosition(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return problems.toSorted(
    (one, other) =>
      (one.position?.line ?? 0) - (other.position?.line ?? 0) ||
      (one.position?.column ?? 0) - (other.position?.column ?? 0),
  );
}

function describeIssue(source: YamlSource, schema: z.ZodType, issue: z.core.$ZodIssue): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => describeUnknownKey(source, schema, [...issue.path, key]));
  }
  return [source.problem(issue.path, describeFault(source.value, issue))];
}

function describeUnknownKey(source: YamlSource, schema: z.ZodType, path: FieldPath): ConfigProblem {
  const key = String(path.at(-1));
  const suggestion = suggestKey(key, keysAt(schema, path.slice(0, -1)));
  const hint = suggestion === undefined ? '' : `; did you mean ${quoteValue(suggestion)}?`;
  return {
    file: source.file,
    position: source.positionOfKey(path),
    field: formatFieldPath(path),
    message: `Cannot use the key ${quoteValue(key)}: there is no such key${hint}`,
  };
}

/** The keys that the schema allows for the object at `path`; empty if it is not an object. */
function keysAt(schema: z.ZodType, path: FieldPath): string[] {
  let here: unknown = schema;
  for (const step of path) {
    const inside = unwrap(here);
    here = typeof step === 'number' ? read(inside, 'element') : read(read(inside, 'shape'), step);
  }
  const shape = read(unwrap(here), 'shape');
  return typeof shape === 'object' && shape !== null ? Object.keys(shape) : [];
}

/** Unwraps defaults, optionals and the like, whose inner schema is `def.innerType`. */
function unwrap(schema: unknown): unknown {
  const inner = read(read(schema, 'def'), 'innerType');
  return inner === undefined ? schema : unwrap(inner);
}

function read(object: unknown, key: PropertyKey): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, key) : undefined;
}
