/** The command `scripts/bench`: side-by-side benchmarks, each in labs of its own. */
import { Argument, Command, InvalidArgumentError } from 'commander';
import {
  assertNoViolations,
  type BenchLabs,
  benchLabs,
  lowerBenchLabs,
  raiseBenchLabs,
} from './bench-labs.ts';
import { type BenchReport, formatReport } from './report.ts';
import { benchTcp } from './tcp.ts';

const BENCHES = new Map<string, (labs: BenchLabs, rounds: number) => BenchReport>([['tcp', benchTcp]]);
const DEFAULT_ROUNDS = 3;

const program = new Command('bench')
  .description('measure syngate and what a user would pick instead, in turn')
  .addArgument(new Argument('<name>', 'the benchmark').choices([...BENCHES.keys()]))
  .option('--rounds <n>', 'how often each is measured', parseRounds, DEFAULT_ROUNDS)
  .option('--json', 'print one JSON object')
  .action(runBench);

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}

async function runBench(name: string, options: { rounds: number; json?: true }): Promise<void> {
  const bench = BENCHES.get(name);
  if (bench === undefined) throw new RangeError(`Cannot run benchmark '${name}': there is none of that name`);
  const labs = benchLabs();
  lowerOnSignal(labs);
  try {
    await raiseBenchLabs(labs);
    const report = bench(labs, options.rounds);
    assertNoViolations(labs);
    console.log(options.json ? JSON.stringify(report) : formatReport(report));
  } finally {
    lowerBenchLabs(labs);
  }
}

function lowerOnSignal(labs: BenchLabs): void {
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => {
      lowerBenchLabs(labs);
      process.exit(status);
    });
  }
}

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1) throw new InvalidArgumentError('wanted a whole number from 1');
  return rounds;
}
