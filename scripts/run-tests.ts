/**
 * The command `scripts/test [unit | netns [name]]`: types, lint, floors, unit tests, namespace tests. Each check and
 * each test counts as one; the last line is `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { run } from '../netns-tests/lab/command.ts';
import { lowerLab } from '../netns-tests/lab/lab.ts';
import { type Lab, labOf, ROOT } from '../netns-tests/lab/topology.ts';

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** The part of vitest's JSON report that is counted. */
const VITEST_REPORT = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  success: z.boolean(),
});

/** Programs of node_modules/.bin, which scripts/test puts first on the path. */
const CHECKS = {
  types: ['tsc', '--noEmit'],
  lint: ['biome', 'check', '--error-on-warnings', '.'],
  floors: [process.execPath, 'scripts/check-floors.ts'],
  documents: [process.execPath, 'scripts/check-documents.ts'],
} as const;

/** Namespace tests run in one of them (the demo), or add the number of vitest's worker to its name (useLab). */
const labName = `test-${process.pid}`;
const labs = [labName, `${labName}-1`, `${labName}-2`].map(labOf);
const reports = mkdtempSync(path.join(os.tmpdir(), 'syngate-test-'));
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);

try {
  const tallies = await runParts(process.argv.slice(2));
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
  if (interrupted) console.log('\nFAILED: interrupted');
  console.log(`\n${passed} passed, ${failed + (interrupted ? 1 : 0)} failed`);
  process.exitCode = failed === 0 && passed > 0 && !interrupted ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
} finally {
  for (const lab of labs) lowerLab(lab);
  rmSync(reports, { recursive: true, force: true });
}

function interrupt(): void {
  interrupted = true;
}

async function runParts([part, name, ...rest]: readonly string[]): Promise<Tally[]> {
  if (rest.length > 0 || (part === 'unit' && name !== undefined)) throw usageError();
  if (part === undefined)
    return [...(await runChecks()), await runVitest('unit'), ...(await runNetns(undefined))];
  if (part === 'unit') return [await runVitest('unit')];
  if (part === 'netns') return runNetns(name);
  throw usageError();
}

function usageError(): Error {
  return new Error(
    `Cannot run '${process.argv.slice(2).join(' ')}': usage is scripts/test [unit | netns [name]]`,
  );
}

async function runChecks(): Promise<Tally[]> {
  const tallies: Tally[] = [];
  for (const [name, command] of Object.entries(CHECKS)) {
    const status = interrupted ? 1 : await runAside(command);
    console.log(`${status === 0 ? 'ok' : 'FAILED'}: ${name}`);
    tallies.push(tallyOf(status === 0));
  }
  return tallies;
}

/** The namespace tests, and one more: they leave no namespace behind. */
async function runNetns(name: string | undefined): Promise<Tally[]> {
  if (process.getuid?.() !== 0) throw new Error('Cannot run the namespace tests: not root, so try sudo');
  const tally = await runVitest('netns*', name);
  if (interrupted) return [tally];
  const left = namespacesOf(labs);
  if (left.length > 0) console.log(`FAILED: the namespace tests left ${left.join(', ')}`);
  return [tally, tallyOf(left.length === 0)];
}

async function runVitest(project: 'unit' | 'netns*', name?: string): Promise<Tally> {
  if (interrupted) return { passed: 0, failed: 1 };
  const report = path.join(reports, 'vitest.json');
  const options = [
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const status = await runAside(['vitest', 'run', ...options, ...(name === undefined ? [] : [name])]);
  return countReport(report, status);
}

/** What vitest counted; a run that failed with no failed test (a file that does not load) is one failure. */
function countReport(file: string, status: number): Tally {
  try {
    const { numPassedTests, numFailedTests } = VITEST_REPORT.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { passed: numPassedTests, failed: status === 0 ? numFailedTests : Math.max(1, numFailedTests) };
  } catch {
    console.log(`FAILED: vitest ended with status ${status} and no report`);
    return { passed: 0, failed: 1 };
  }
}

/** Runs a command to its end, also when a signal reaches us both; answers with its exit status. */
function runAside(command: readonly string[]): Promise<number> {
  const [file = '', ...rest] = command;
  const env = { ...process.env, LAB_SUFFIX: labName };
  const child = spawn(file, rest, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGTERM', forward);
  process.on('SIGHUP', forward);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      process.off('SIGTERM', forward);
      process.off('SIGHUP', forward);
      resolve(status ?? 1);
    });
  });
}

function namespacesOf(labs: readonly Lab[]): string[] {
  const names = labs.flatMap(({ namespaces }) => Object.values(namespaces));
  const listed = run(['ip', 'netns', 'list'])
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
  return listed.filter((name) => names.includes(name));
}

function tallyOf(ok: boolean): Tally {
  return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}
