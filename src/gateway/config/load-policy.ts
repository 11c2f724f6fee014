/** Reads a policy file and keeps the position of each field, so that problems found in compiling can be shown there. */
import path from 'node:path';
import type { ConfigProblem, Position } from '../../report/errors.ts';
import { checkShape } from './check-shape.ts';
import { type PolicyFile, policySchema } from './policy-schema.ts';
import { type FieldPath, readYamlSource } from './yaml-source.ts';

export type { PolicyFile, PolicyList, PolicyRule } from './policy-schema.ts';

export interface PolicySource {
  readonly file: string;
  readonly policy: PolicyFile;
  /** Where the value at a path such as `['rules', 2, 'traffic']` stands in the file. */
  positionOf(path: FieldPath): Position;
  /** Something found wrong with the field at `path`, in the form of every other problem of a file. */
  problem(path: FieldPath, message: string): ConfigProblem;
}

/** Throws ConfigError with all problems of shape: unknown keys, wrong types. */
export function loadPolicy(file: string): PolicySource {
  const source = readYamlSource(path.resolve(file));
  const policy = checkShape(source, policySchema);
  return {
    file: source.file,
    policy,
    positionOf: (path) => source.positionOf(path),
    problem: (path, message) => source.problem(path, message),
  };
}
