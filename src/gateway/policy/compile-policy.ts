/**
 * Compiles a policy file: rules, lists, identities and catalogue, and checks that the gateway owns the egress addresses that
 * rules name. Reports all problems at once, with their positions in the file.
 */
import { buildCatalog, type Catalog } from '../../catalog/catalog.ts';
import { EgressInventory } from '../../egress/egress-inventory.ts';
import { planEgress } from '../../egress/egress-plan.ts';
import { IdentityDirectory } from '../../identity/identity-directory.ts';
import type { IdentityEntry, UserEntry } from '../../identity/identity-entry.ts';
import { readIdentities } from '../../identity/read-identities.ts';
import type { ExpressionSettings } from '../../policy/language/expression.ts';
import { DEFAULT_EXPRESSION_LIMITS } from '../../policy/language/parse-state.ts';
import { type CompiledPolicy, compileRulesInSteps } from '../../policy/rules/compile-rules.ts';
import type { RuleProblem } from '../../policy/rules/rule-problem.ts';
import { ConfigError, type ConfigProblem } from '../../report/errors.ts';
import { finish, type Steps } from '../../time/steps.ts';
import { sortByPosition } from '../config/check-shape.ts';
import type { Config } from '../config/config.ts';
import type { PolicyFile, PolicySource } from '../config/load-policy.ts';
import { type FieldPath, parseFieldPath } from '../config/yaml-source.ts';
import { type DnsFinding, findDnsErrors, findDnsWarnings } from '../names/check-dns-rules.ts';
import { type CompleteRule, completeRules } from './complete-rules.ts';
import type { FilledList } from './fill-list.ts';
import { type ConnectionWarning, findConnectionWarnings } from './find-connection-warnings.ts';
import { FileImports } from './import-files.ts';
import { PolicyFiles } from './policy-files.ts';

export interface CompiledPolicyFile {
  readonly file: string;
  readonly policy: PolicyFile;
  /** With ids and precedences filled in. Rules and lists are posted to the workers, which compile them for themselves. */
  readonly rules: readonly CompleteRule[];
  readonly lists: readonly FilledList[];
  /** The settings with which the rules were compiled, and which workers must use, too. */
  readonly expressions: ExpressionSettings;
  readonly compiled: CompiledPolicy;
  readonly identities: readonly IdentityEntry[];
  readonly users: readonly UserEntry[];
  /** Id of the default virtual network. */
  readonly virtualNetworkId: string | undefined;
  readonly directory: IdentityDirectory;
  readonly catalog: Catalog;
  /** Valid, but probably not intended. */
  readonly warnings: readonly ConfigProblem[];
}

/** The settings where there is no configuration. */
export const DEFAULT_EXPRESSIONS: ExpressionSettings = { mode: 'compat', limits: DEFAULT_EXPRESSION_LIMITS };

export interface PolicySettings {
  /** Undefined: do not check whether the gateway owns the egress addresses that rules name. */
  readonly egress: Config['egress'] | undefined;
  readonly limits: Pick<Config['limits'], 'listBytes'>;
  readonly expressions: ExpressionSettings;
}

/** `files` has the last good copies of the files that the policy refers to. Throws ConfigError with all problems. */
export function compilePolicy(
  source: PolicySource,
  config: PolicySettings,
  files = new PolicyFiles(),
): CompiledPolicyFile {
  return finish(compilePolicyInSteps(source, config, files));
}

/** As `compilePolicy`, in steps: rules and lists are compiled in bounded steps, everything else in one step each. */
export function* compilePolicyInSteps(
  source: PolicySource,
  config: PolicySettings,
  files: PolicyFiles,
): Steps<CompiledPolicyFile> {
  const { policy, file } = source;
  const imports = new FileImports(source, files);
  const rules = completeRules(policy.rules);
  const lists = imports.fillLists(policy.lists, config.limits.listBytes);
  yield;
  const compiled = yield* compileRulesInSteps(rules, lists, config.expressions);
  const { entries, users, virtualNetworkId, problems: identityProblems } = readIdentities(policy);
  const { catalog, problems: catalogProblems } = buildCatalog(policy.catalog, imports.loadSource);
  yield;
  const place = (problem: RuleProblem) => source.problem(pathOf(problem), problem.message);
  const errors = compiled.problems.filter(({ severity }) => severity === 'error');
  const problems = [
    ...errors.map(place),
    ...identityProblems.map(({ field, message }) => source.problem(parseFieldPath(field), message)),
    ...catalogProblems.map(({ field, message }) =>
      source.problem(['catalog', ...parseFieldPath(field)], message),
    ),
    ...findEgressProblems(source, config, errors),
    ...imports.problems,
    ...findDnsErrors(compiled.dnsRules.rules).map((finding) => placeFinding(source, rules, finding)),
  ];
  if (problems.length > 0) throw new ConfigError(sortByPosition(problems));
  files.forgetUnused();
  yield;
  const warnings = sortByPosition([
    ...compiled.problems.map(place),
    ...imports.warnings,
    ...[...findDnsWarnings(compiled), ...findConnectionWarnings(compiled)].map((finding) =>
      placeFinding(source, rules, finding),
    ),
  ]);
  const directory = new IdentityDirectory(entries, virtualNetworkId);
  const { expressions } = config;
  const made = { file, policy, rules, lists, expressions, compiled };
  return { ...made, identities: entries, users, virtualNetworkId, directory, catalog, warnings };
}

function placeFinding(
  source: PolicySource,
  rules: readonly CompleteRule[],
  { id, field, message }: DnsFinding | ConnectionWarning,
): ConfigProblem {
  return source.problem(['rules', rules.findIndex((rule) => rule.id === id), field], message);
}

/** The path in the file: `/rule_settings/egress/ipv4` of the third rule is `rules[2].rule_settings.egress.ipv4`. */
function pathOf({ subject, index, pointer }: RuleProblem): FieldPath {
  const steps = pointer.split('/').slice(1);
  return [`${subject}s`, index, ...steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step))];
}

/** Egress addresses in rules that the gateway does not own. Skips rules whose egress settings are invalid anyway. */
function findEgressProblems(
  source: PolicySource,
  { egress }: PolicySettings,
  errors: readonly RuleProblem[],
): ConfigProblem[] {
  if (egress === undefined) return [];
  const inventory = new EgressInventory(egress);
  const refused = new Set(errors.filter(({ code }) => code === 'egress').map(({ index }) => index));
  return source.policy.rules.flatMap((rule, index) => {
    const settings = rule.rule_settings?.egress;
    if (!settings || refused.has(index)) return [];
    const { ipv4, ipv4_fallback, ipv6 } = settings;
    const { problems } = planEgress(inventory, {
      ipv4: ipv4 || undefined,
      ipv4_fallback: ipv4_fallback || undefined,
      ipv6: ipv6 || undefined,
    });
    return problems.map(({ field, message }) =>
      source.problem(['rules', index, 'rule_settings', 'egress', field], message),
    );
  });
}
