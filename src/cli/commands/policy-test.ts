/** `syngate policy test FILE…`: runs policy cases without a gateway. */
import { Command } from 'commander';
import { z } from 'zod';
import { checkShape } from '../../gateway/config/check-shape.ts';
import { readYamlSource } from '../../gateway/config/yaml-source.ts';
import { type CaseResult, policyCaseSchema, runPolicyCase } from '../../gateway/policy/run-policy-case.ts';
import { FactError } from '../../policy/load-facts.ts';
import { type CommandContext, Options } from '../command-context.ts';
import { EXIT } from '../exit-status.ts';
import { makePrintable } from '../terminal.ts';

interface FileResult extends CaseResult {
  readonly file: string;
}

export function makePolicyTestCommand(context: CommandContext): Command {
  const command = new Command('test')
    .description('run policy cases from YAML or JSON files')
    .argument('<file...>', 'files of cases');
  return command.action((files: string[]) => {
    const results = files.flatMap(runFile);
    const failed = results.filter(({ passed }) => !passed);
    const counts = { passed: results.length - failed.length, failed: failed.length };
    const lines = new Options(command).flag('json')
      ? [JSON.stringify({ ...counts, cases: results }, null, 2)]
      : [
          ...failed.flatMap((result) => showFailure(result, context)),
          `${counts.passed} passed, ${counts.failed} failed`,
        ];
    for (const line of lines) context.terminal.print(line);
    context.status = failed.length === 0 ? EXIT.ok : EXIT.no;
  });
}

/** Every file is read whole before its first case runs: one that is malformed is no test result. */
function runFile(file: string): FileResult[] {
  const cases = checkShape(readYamlSource(file), z.array(policyCaseSchema));
  return cases.map((given) => ({ file, ...runCase(given) }));
}

function runCase(given: z.output<typeof policyCaseSchema>): CaseResult {
  try {
    return runPolicyCase(given);
  } catch (error) {
    if (!(error instanceof FactError)) throw error;
    return { name: given.name, passed: false, notes: [error.message] };
  }
}

function showFailure({ file, name, notes }: FileResult, { terminal }: CommandContext): string[] {
  const { red } = terminal.colors;
  return [`${red('failed')}: ${file}: ${makePrintable(name)}`, ...notes.flatMap(indent)];
}

/** Diagnoses have several lines, with carets under what is meant. */
function indent(note: string): string[] {
  return note.split('\n').map((line) => `    ${makePrintable(line)}`);
}
