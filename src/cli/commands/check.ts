/** `syngate check`: validates a configuration and its policy without changing anything. */
import path from 'node:path';
import { Command } from 'commander';
import type { Config } from '../../gateway/config/config.ts';
import { loadConfigWithWarnings } from '../../gateway/config/load-config.ts';
import { loadPolicy } from '../../gateway/config/load-policy.ts';
import { type CompiledPolicyFile, compilePolicy } from '../../gateway/policy/compile-policy.ts';
import { findHiddenRules } from '../../gateway/policy/find-hidden-rules.ts';
import { GeolocationFiles } from '../../gateway/policy/geolocation-files.ts';
import type { ConfigProblem } from '../../report/errors.ts';
import { type CheckReport, collectProblems, showReport, summarizePolicy } from '../check-report.ts';
import { type CommandContext, Options } from '../command-context.ts';
import { DEFAULT_CONFIG } from '../find-socket.ts';

export function makeCheckCommand(context: CommandContext): Command {
  const command = new Command('check')
    .description('validate a configuration and its policy; nothing is changed')
    .option('-c, --config <file>', 'the configuration', DEFAULT_CONFIG)
    .option('-p, --policy <file>', 'this policy instead of the one the configuration names');
  return command.action(() => {
    const options = new Options(command);
    const report = check(options.text('config') ?? DEFAULT_CONFIG, options.text('policy'));
    showReport(report, options, context);
  });
}

/** Checks the shape of the policy even if the configuration is invalid. */
function check(configFile: string, policyOption: string | undefined): CheckReport {
  const problems: ConfigProblem[] = [];
  const loaded = collectProblems(problems, () => loadConfigWithWarnings(configFile));
  const policyFile = policyOption === undefined ? loaded?.config.policyFile : path.resolve(policyOption);
  const policy =
    policyFile === undefined
      ? undefined
      : collectProblems(problems, () => checkPolicy(policyFile, loaded?.config));
  if (loaded !== undefined) collectProblems(problems, () => new GeolocationFiles(loaded.config.geolocation));
  const hidden = loaded === undefined || policy === undefined ? [] : findHiddenRules(loaded.config, policy);
  const warnings = [...(loaded?.warnings ?? []), ...(policy?.warnings ?? []), ...hidden];
  const ok = problems.length === 0;
  return { ok, problems, warnings, summary: ok ? summarizePolicy(policy) : null };
}

/** Without a valid configuration the egress addresses are unknown, so only the shape can be checked. */
function checkPolicy(file: string, config: Config | undefined): CompiledPolicyFile | undefined {
  const source = loadPolicy(file);
  return config === undefined ? undefined : compilePolicy(source, config);
}
