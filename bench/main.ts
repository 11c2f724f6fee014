/** The command `scripts/bench`: side-by-side benchmarks, each in labs of its own. */
import os from 'node:os';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { BENCHES } from './benches.ts';
import { formatReport } from './format-report.ts';
import type { BenchReport } from './report.ts';
import { writePerformance } from './write-performance.ts';

const DEFAULT_ROUNDS = 5;

interface Options {
  readonly rounds: number;
  readonly json?: true;
  readonly write?: true;
}

const program = new Command('bench')
  .description('measure syngate and what a user would pick instead, in turn')
  .addArgument(new Argument('<name>', 'the benchmark').choices([...BENCHES.keys(), 'all']))
  .option('--rounds <n>', 'how often each is measured', parseRounds, DEFAULT_ROUNDS)
  .option('--json', 'print one JSON object')
  .option('--write', 'with all: put the tables into docs/performance.md')
  .action(runBench);

// Leaving by process.exit runs the exit handlers, which remove the labs.
for (const [signal, status] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }))
  process.once(signal, () => process.exit(status));

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}

async function runBench(name: string, { rounds, json, write }: Options): Promise<void> {
  if (write && name !== 'all') throw new RangeError(`Cannot write ${name} alone: --write goes with all`);
  const names = name === 'all' ? [...BENCHES.keys()] : [name];
  const [loadBefore = 0] = os.loadavg();
  const reports: BenchReport[] = [];
  for (const one of names) {
    const report = await measure(one, rounds);
    reports.push(report);
    if (!json) console.log(`${formatReport(report)}\n`);
  }
  if (json) console.log(JSON.stringify(name === 'all' ? joinReports(reports) : reports[0]));
  if (write) writePerformance(reports, { rounds, loadBefore });
}

async function measure(name: string, rounds: number): Promise<BenchReport> {
  const bench = BENCHES.get(name);
  if (bench === undefined) throw new RangeError(`Cannot run benchmark '${name}': there is none of that name`);
  return bench(rounds);
}

/** One object for all: each ratio under `bench.figure`, each report whole. */
function joinReports(reports: readonly BenchReport[]): object {
  const ratios = reports.flatMap(({ bench, ratios }) =>
    Object.entries(ratios).map(([name, ratio]) => [`${bench}.${name}`, ratio]),
  );
  return {
    bench: 'all',
    ratios: Object.fromEntries(ratios),
    rounds: reports.map(({ bench, rounds }) => ({ bench, rounds })),
    command: reports.map(({ bench, command }) => `${bench}: ${command}`).join('; '),
    reports,
  };
}

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1) throw new InvalidArgumentError('wanted a whole number from 1');
  return rounds;
}
