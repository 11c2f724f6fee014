/** The report of a check, as JSON or for people; the exit status tells whether there are errors. */
import type { CompiledPolicyFile } from '../gateway/policy/compile-policy.ts';
import { ConfigError, type ConfigProblem, describeProblem } from '../report/errors.ts';
import type { CommandContext, Options } from './command-context.ts';
import { EXIT_STATUS } from './exit-status.ts';
import { formatNumberOf } from './format-quantity.ts';

export interface CheckReport {
  readonly ok: boolean;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** Counts of what was checked; null if there are errors. */
  readonly summary: { readonly rules: number; readonly lists: number; readonly identities: number } | null;
}

/** Calls `load`; if it throws a ConfigError, adds its problems to `problems` and returns undefined. */
export function collectProblems<Result>(problems: ConfigProblem[], load: () => Result): Result | undefined {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

export function summarizePolicy(policy: CompiledPolicyFile | undefined): CheckReport['summary'] {
  return {
    rules: policy?.policy.rules.length ?? 0,
    lists: policy?.policy.lists.length ?? 0,
    identities: policy?.identities.length ?? 0,
  };
}

/** Prints the report and sets the exit status. */
export function showReport(report: CheckReport, options: Options, context: CommandContext): void {
  if (options.flag('json')) context.terminal.print(JSON.stringify(report, null, 2));
  else describeReport(report, context);
  context.status = report.ok ? EXIT_STATUS.ok : EXIT_STATUS.usage;
}

function describeReport({ problems, warnings, summary }: CheckReport, { terminal }: CommandContext): void {
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
