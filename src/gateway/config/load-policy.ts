/** Reads a policy file and keeps the place of each field, so that what compiling it finds can be shown there. */
import path from 'node:path';
import { ConfigError, type ConfigProblem, type Position } from '../../report/errors.ts';
import { checkShape, quoteValue, sortByPosition } from './check-shape.ts';
import { type PolicyFile, policySchema } from './policy-schema.ts';
import { type FieldPath, readYamlSource, type YamlSource } from './yaml-source.ts';

export type { PolicyFile, PolicyList, PolicyRule } from './policy-schema.ts';

export interface PolicySource {
  readonly file: string;
  readonly policy: PolicyFile;
  /** Where the value at a path such as `['rules', 2, 'traffic']` stands in the file. */
  positionOf(path: FieldPath): Position;
  /** Something found wrong with the field at `path`, in the form of every other problem of a file. */
  problem(path: FieldPath, message: string): ConfigProblem;
}

/** Throws ConfigError with all problems of shape: unknown keys, wrong types, ids and precedences used twice. */
export function loadPolicy(file: string): PolicySource {
  const source = readYamlSource(path.resolve(file));
  const policy = checkShape(source, policySchema);
  const problems = [
    ...findRepeats(source, policy, 'rules', 'id'),
    ...findRepeats(source, policy, 'rules', 'precedence'),
    ...findRepeats(source, policy, 'lists', 'id'),
  ];
  if (problems.length > 0) throw new ConfigError(sortByPosition(problems));
  return {
    file: source.file,
    policy,
    positionOf: (path) => source.positionOf(path),
    problem: (path, message) => source.problem(path, message),
  };
}

function findRepeats(
  source: YamlSource,
  policy: PolicyFile,
  kind: 'rules' | 'lists',
  field: 'id' | 'precedence',
): ConfigProblem[] {
  const seen = new Set<unknown>();
  return policy[kind].flatMap((resource, index) => {
    const value: unknown = Reflect.get(resource, field);
    if (value === undefined) return [];
    if (seen.has(value)) {
      const message = `Cannot use ${quoteValue(value)}: another of the ${kind} has this ${field}`;
      return [source.problem([kind, index, field], message)];
    }
    seen.add(value);
    return [];
  });
}
