/** Loads the policy that the configuration names, or an empty one, under which all connections use the default egress. */
import { buildCatalog } from '../../catalog/catalog.ts';
import { IdentityDirectory } from '../../identity/identity-directory.ts';
import { compileRules } from '../../policy/rules/compile-rules.ts';
import { finish, type Steps } from '../../time/steps.ts';
import type { Config } from '../config/config.ts';
import { loadPolicy } from '../config/load-policy.ts';
import { type CompiledPolicyFile, compilePolicyInSteps, type PolicySettings } from './compile-policy.ts';
import { findHiddenRules } from './find-hidden-rules.ts';
import type { PolicyFiles } from './policy-files.ts';

export type GatewayPolicy = Omit<CompiledPolicyFile, 'file' | 'policy'> & {
  readonly file: string | undefined;
};

type GatewayPolicySettings = PolicySettings & Pick<Config, 'policyFile' | 'file' | 'resolver'>;

/** `files` has the last good copies of the files that the policy refers to. Throws ConfigError with all problems. */
export function loadGatewayPolicy(config: GatewayPolicySettings, files: PolicyFiles): GatewayPolicy {
  return finish(loadGatewayPolicyInSteps(config, files));
}

/** As `loadGatewayPolicy`, in steps: for a running gateway. */
export function* loadGatewayPolicyInSteps(
  config: GatewayPolicySettings,
  files: PolicyFiles,
): Steps<GatewayPolicy> {
  if (config.policyFile === undefined) return emptyPolicy(config.expressions);
  const policy = yield* compilePolicyInSteps(loadPolicy(config.policyFile), config, files);
  yield;
  return { ...policy, warnings: [...policy.warnings, ...findHiddenRules(config, policy)] };
}

function emptyPolicy(expressions: PolicySettings['expressions']): GatewayPolicy {
  return {
    file: undefined,
    rules: [],
    lists: [],
    expressions,
    compiled: compileRules([], []),
    identities: [],
    users: [],
    virtualNetworkId: undefined,
    directory: new IdentityDirectory([]),
    catalog: buildCatalog().catalog,
    warnings: [],
  };
}
