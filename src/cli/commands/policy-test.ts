/** `syngate policy test FILE…`: runs policy cases, or recorded results of the real engine, offline. */
import { Command } from 'commander';
import { z } from 'zod';
import { checkShape } from '../../gateway/config/check-shape.ts';
import { readYamlSource } from '../../gateway/config/yaml-source.ts';
import { type CaseResult, runPolicyCase } from '../../gateway/policy/run-policy-case.ts';
import {
  runTranscript,
  type TranscriptOutcome,
  transcriptSchema,
} from '../../policy/conformance/transcript.ts';
import { FactError } from '../../policy/evaluation/load-facts.ts';
import { ConfigError } from '../../report/errors.ts';
import { type CommandContext, Options } from '../command-context.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { makePrintable } from '../terminal.ts';

interface FileResult extends CaseResult {
  readonly file: string;
}

/** More than for a policy: a case may have an expression that is too long on purpose. */
const MOST_BYTES = 64 * 1024 * 1024;

export function makePolicyTestCommand(context: CommandContext): Command {
  const command = new Command('test')
    .description('run policy cases from YAML or JSON files')
    .argument('<file...>', 'files of cases');
  return command.action((files: string[]) => {
    const results = files.flatMap((file) => runFile(file).map((result) => ({ file, ...result })));
    const failed = results.filter(({ passed }) => !passed);
    const counts = { passed: results.length - failed.length, failed: failed.length };
    const lines = new Options(command).flag('json')
      ? [JSON.stringify({ ...counts, cases: results }, null, 2)]
      : [
          ...failed.flatMap((result) => showFailure(result, context)),
          `${counts.passed} passed, ${counts.failed} failed`,
        ];
    for (const line of lines) context.terminal.print(line);
    context.status = failed.length === 0 ? EXIT_STATUS.ok : EXIT_STATUS.no;
  });
}

/** Throws ConfigError for a file that is not a list of cases. A malformed case only fails itself. */
function runFile(file: string): readonly CaseResult[] {
  const source = readYamlSource(file, MOST_BYTES);
  if (!Array.isArray(source.value) && isObject(source.value) && 'head' in source.value) {
    return runRecorded(file, checkShape(source, transcriptSchema));
  }
  return checkShape(source, z.array(z.unknown(), 'not a list of policy cases')).map(runPolicyCase);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function runRecorded(file: string, transcript: z.output<typeof transcriptSchema>): readonly CaseResult[] {
  try {
    return runTranscript(transcript).map(describeOutcome);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof FactError)) throw error;
    throw new ConfigError([{ file, field: 'head', message: error.message }], { cause: error });
  }
}

function describeOutcome(outcome: TranscriptOutcome): CaseResult {
  const { expression, passed, expected, actual, expectedError, error } = outcome;
  const differs = error !== undefined && expectedError !== undefined && error !== expectedError;
  return {
    name: expression,
    passed,
    notes: [
      ...(passed ? [] : [`expected ${expected}, got ${actual}`]),
      ...(differs ? [`recorded: ${expectedError}`, `here: ${error}`] : []),
      ...(!passed && !differs && error !== undefined ? [error] : []),
    ],
  };
}

function showFailure({ file, name, notes }: FileResult, { terminal }: CommandContext): string[] {
  const { red } = terminal.colors;
  return [`${red('failed')}: ${file}: ${makePrintable(name)}`, ...notes.flatMap(indent)];
}

/** Error messages of expressions have several lines. */
function indent(note: string): string[] {
  return note.split('\n').map((line) => `    ${makePrintable(line)}`);
}
