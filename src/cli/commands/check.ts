/** `syngate check`: everything wrong with a configuration and its policy, without touching anything. */
import path from 'node:path';
import { Command } from 'commander';
import { type CompiledPolicyFile, compilePolicy } from '../../gateway/compile-policy.ts';
import type { Config } from '../../gateway/config/config.ts';
import { loadConfigWithWarnings } from '../../gateway/config/load-config.ts';
import { loadPolicy } from '../../gateway/config/load-policy.ts';
import { GeoDesk } from '../../gateway/geo-desk.ts';
import { ConfigError, type ConfigProblem, describeProblem } from '../../report/errors.ts';
import { type CommandContext, Options } from '../command-context.ts';
import { EXIT } from '../exit-status.ts';
import { DEFAULT_CONFIG } from '../find-socket.ts';
import { formatNumberOf } from '../format-quantity.ts';

interface CheckReport {
  readonly ok: boolean;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** What was read, when it is sound. */
  readonly summary: { readonly rules: number; readonly lists: number; readonly identities: number } | null;
}

export function makeCheckCommand(context: CommandContext): Command {
  const command = new Command('check')
    .description('validate a configuration and its policy; nothing is changed')
    .option('-c, --config <file>', 'the configuration', DEFAULT_CONFIG)
    .option('-p, --policy <file>', 'this policy instead of the one the configuration names');
  return command.action(() => {
    const options = new Options(command);
    const report = check(options.text('config') ?? DEFAULT_CONFIG, options.text('policy'));
    const lines = options.flag('json') ? [JSON.stringify(report, null, 2)] : [];
    for (const line of lines) context.terminal.print(line);
    if (!options.flag('json')) showReport(report, context);
    context.status = report.ok ? EXIT.ok : EXIT.usage;
  });
}

/** A configuration that is wrong does not keep the shape of its policy from being looked at. */
function check(configFile: string, policyOption: string | undefined): CheckReport {
  const problems: ConfigProblem[] = [];
  const loaded = collect(problems, () => loadConfigWithWarnings(configFile));
  const policyFile = policyOption === undefined ? loaded?.config.policyFile : path.resolve(policyOption);
  const policy =
    policyFile === undefined ? undefined : collect(problems, () => checkPolicy(policyFile, loaded?.config));
  if (loaded !== undefined) collect(problems, () => new GeoDesk(loaded.config.geolocation));
  const warnings = [...(loaded?.warnings ?? []), ...(policy?.warnings ?? [])];
  const ok = problems.length === 0;
  return { ok, problems, warnings, summary: ok ? summarize(policy) : null };
}

/** Without a configuration no egress address is known, so only the shape can be judged. */
function checkPolicy(file: string, config: Config | undefined): CompiledPolicyFile | undefined {
  const source = loadPolicy(file);
  return config === undefined ? undefined : compilePolicy(source, config);
}

function collect<Result>(problems: ConfigProblem[], load: () => Result): Result | undefined {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

function summarize(policy: CompiledPolicyFile | undefined): CheckReport['summary'] {
  return {
    rules: policy?.policy.rules.length ?? 0,
    lists: policy?.policy.lists.length ?? 0,
    identities: policy?.identities.length ?? 0,
  };
}

function showReport({ problems, warnings, summary }: CheckReport, { terminal }: CommandContext): void {
  const { green, yellow } = terminal.colors;
  for (const problem of problems) terminal.complain(describeProblem(problem));
  for (const warning of warnings) terminal.complain(`${yellow('warning:')} ${describeProblem(warning)}`);
  if (summary === null) return;
  const counts = [
    formatNumberOf(summary.rules, 'rule'),
    formatNumberOf(summary.lists, 'list'),
    formatNumberOf(
      summary.identities,
      'client address with an identity',
      'client addresses with an identity',
    ),
  ];
  terminal.print(`${green('ok')}: ${counts.join(', ')}`);
}
