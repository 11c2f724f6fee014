/** `syngate policy check FILE`: validates a policy by itself, so that it can be written without a gateway. */
import { Command } from 'commander';
import { loadConfig } from '../../gateway/config/load-config.ts';
import { loadPolicy } from '../../gateway/config/load-policy.ts';
import { DEFAULT_LIST_BYTES } from '../../gateway/config/schema-limits.ts';
import {
  type CompiledPolicyFile,
  compilePolicy,
  DEFAULT_EXPRESSIONS,
  type PolicySettings,
} from '../../gateway/policy/compile-policy.ts';
import type { ConfigProblem } from '../../report/errors.ts';
import { type CheckReport, collectProblems, showReport, summarizePolicy } from '../check-report.ts';
import { type CommandContext, Options } from '../command-context.ts';

const WITHOUT_CONFIG: PolicySettings = {
  egress: undefined,
  limits: { listBytes: DEFAULT_LIST_BYTES },
  expressions: DEFAULT_EXPRESSIONS,
};

export function makePolicyCheckCommand(context: CommandContext): Command {
  const command = new Command('check')
    .description(
      'validate a policy; with a configuration, also that the gateway owns the egress addresses in rules',
    )
    .argument('<file>', 'the policy')
    .option('-c, --config <file>', 'the configuration with the egress addresses');
  return command.action((file: string) => {
    const options = new Options(command);
    showReport(checkPolicy(file, options.text('config')), options, context);
  });
}

function checkPolicy(file: string, configFile: string | undefined): CheckReport {
  const problems: ConfigProblem[] = [];
  const settings =
    configFile === undefined ? WITHOUT_CONFIG : collectProblems(problems, () => loadConfig(configFile));
  const policy = collectProblems(
    problems,
    (): CompiledPolicyFile => compilePolicy(loadPolicy(file), settings ?? WITHOUT_CONFIG),
  );
  const ok = problems.length === 0;
  return { ok, problems, warnings: policy?.warnings ?? [], summary: ok ? summarizePolicy(policy) : null };
}
