/** The policy the configuration names, or the empty one, under which everything takes the default egress method. */
import { buildCatalog } from '../catalog/catalog.ts';
import { IdentityDirectory } from '../identity/identity-directory.ts';
import { compileRules } from '../policy/compile-rules.ts';
import { type CompiledPolicyFile, compilePolicy } from './compile-policy.ts';
import type { Config } from './config/config.ts';
import { loadPolicy } from './config/load-policy.ts';

export type GatewayPolicy = Omit<CompiledPolicyFile, 'file' | 'policy'> & {
  readonly file: string | undefined;
};

/** Throws ConfigError with all that is wrong with the file. */
export function loadGatewayPolicy(config: Pick<Config, 'policyFile' | 'egress'>): GatewayPolicy {
  return config.policyFile === undefined
    ? emptyPolicy()
    : compilePolicy(loadPolicy(config.policyFile), config);
}

function emptyPolicy(): GatewayPolicy {
  return {
    file: undefined,
    rules: [],
    lists: [],
    compiled: compileRules([], []),
    identities: [],
    directory: new IdentityDirectory([]),
    catalog: buildCatalog().catalog,
    warnings: [],
  };
}
