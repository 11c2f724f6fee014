/** The command `scripts/soak`. */
import { copyFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { gatewayLogFile } from '../lab/gateway-process.ts';
import { lowerLab } from '../lab/lab.ts';
import { labOf } from '../lab/topology.ts';
import { reportSoak } from './report.ts';
import { soak } from './soak.ts';

/** Of each flow or kind: the first ones tell. */
const MOST_ALIKE = 5;

const lab = labOf(process.env.LAB_SUFFIX ?? `soak-${process.pid}`);

const program = new Command('soak')
  .description('mixed load with faults: nothing leaks, memory is flat, long-lived flows live')
  .option('--minutes <n>', 'how long', parsePositive, 30)
  .option('--seed <n>', 'order and details of the faults', parsePositive, 1 + (Date.now() % 1_000_000))
  .action(run);

// Leaving by process.exit runs the exit handler, which removes the lab.
process.once('exit', () => lowerLab(lab));
for (const [signal, status] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }))
  process.once(signal, () => process.exit(status));

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
if (process.exitCode === 1) keep('log', (file) => copyFileSync(gatewayLogFile(lab), file));
process.exit();

async function run({ minutes, seed }: { minutes: number; seed: number }): Promise<void> {
  console.log(`soak: ${minutes} minutes, seed ${seed}`);
  const record = await soak(lab, { minutes, seed, tell: (line) => console.log(line) });
  const { lines, failures } = reportSoak(record);
  console.log(`\n${lines.join('\n')}`);
  for (const alike of Map.groupBy(failures, (failure) => failure.split(':')[0]).values())
    for (const failure of alike.slice(0, MOST_ALIKE)) console.log(`FAILED: ${failure}`);
  console.log(failures.length === 0 ? 'all is well' : `${failures.length} failures; seed ${seed}`);
  if (failures.length > 0) {
    process.exitCode = 1;
    keep('json', (file) => writeFileSync(file, JSON.stringify(record)));
  }
}

/** The lab goes with all it has; this stays, and may tell why. */
function keep(what: 'log' | 'json', write: (file: string) => void): void {
  const file = path.join(os.tmpdir(), `syngate-soak-${process.pid}.${what}`);
  try {
    write(file);
    console.log(`${what === 'log' ? "the gateway's log" : 'all that was seen'}: ${file}`);
  } catch (error) {
    console.log(`Cannot keep ${file}: ${error instanceof Error ? error.message : error}`);
  }
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('wanted a number above 0');
  return value;
}
