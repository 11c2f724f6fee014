/** Reads a policy file and keeps the position of each field, so that problems found later can be reported there. */
import path from 'node:path';
import type { ConfigProblem, Position } from '../../report/errors.ts';
import { checkShape } from './check-shape.ts';
import { type PolicyFile, policySchema } from './policy-schema.ts';
import { type FieldPath, readYamlSource } from './yaml-source.ts';

export type { PolicyFile, PolicyList, PolicyRule } from './policy-schema.ts';

export interface PolicySource {
  readonly file: string;
  readonly policy: PolicyFile;
  /** The position in the file of the value at a path such as `['rules', 2, 'traffic']`. */
  positionOf(path: FieldPath): Position;
  /** A problem with the field at `path`. */
  problem(path: FieldPath, message: string): ConfigProblem;
}

/** Throws ConfigError with all unknown keys and wrong types. */
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
