/** iperf3 from alice to the lab's server, up and down, on both sides in turn, with what it cost. IPv4, MTU 1500. */
import { z } from 'zod';
import { runIn } from '../netns-tests/lab/command.ts';
import { type BenchLabs, dialledAddress, SERVER, type Side, withBenchLabs } from './bench-labs.ts';
import { type CpuTime, costOf, meterCpu } from './cpu-time.ts';
import {
  type BenchReport,
  type CpuCost,
  type Measurement,
  makeReport,
  measureRounds,
  type Unit,
} from './report.ts';

const SECONDS = 4;
/** Slow start; it does not count. */
const OMITTED_SECONDS = 1;
const IPERF = ['iperf3', '--json', '--omit', String(OMITTED_SECONDS), '--time', String(SECONDS)];
const UP: readonly string[] = [];
const DOWN = ['--reverse'];

/** How iperf3 says in its report that a run went wrong. */
const COMPLAINT = z.object({ error: z.string() });

/** A kind of stream, and how to read what arrived of it. */
export interface Streams {
  readonly bench: string;
  readonly options: readonly string[];
  readonly unit: Unit;
  /** Units a second that the receiver got, from iperf3's report. */
  readonly readRate: (report: unknown) => number;
  readonly per: CpuCost['per'];
  /** How many `unit`s (without "per second") the cost is for. */
  readonly unitsPerCost: number;
}

export function benchIperf(streams: Streams, rounds: number): Promise<BenchReport> {
  const command = [...IPERF, ...streams.options, '--client', SERVER].join(' ');
  return withBenchLabs({}, async (labs) => {
    const measured = await measureRounds(rounds, () => ({
      up: compare(labs, streams, UP),
      down: compare(labs, streams, DOWN),
    }));
    return makeReport(streams.bench, `${command}, down with ${DOWN.join(' ')}`, measured);
  });
}

function compare(labs: BenchLabs, streams: Streams, direction: readonly string[]): Measurement {
  const reference = measureStream(labs, 'reference', streams, direction);
  const syngate = measureStream(labs, 'syngate', streams, direction);
  return {
    unit: streams.unit,
    reference: reference.rate,
    syngate: syngate.rate,
    cost: costOf(streams.per, reference, syngate),
  };
}

/** What arrived per second, and the CPU time of how many units of cost. */
function measureStream(
  labs: BenchLabs,
  side: Side,
  { options, readRate, unitsPerCost }: Streams,
  direction: readonly string[],
): { readonly rate: number; readonly units: number; readonly spent: CpuTime } {
  const command = [...IPERF, ...options, ...direction, '--client', dialledAddress(labs, side)];
  const { report, spent } = runStream(labs, side, command);
  const rate = readRate(report);
  // The omitted second is metered too.
  return { rate, units: (rate * (SECONDS + OMITTED_SECONDS)) / unitsPerCost, spent };
}

/** A flood of datagrams can take iperf3's own control connection down with it: then the run is made once more. */
function runStream(
  labs: BenchLabs,
  side: Side,
  command: readonly string[],
  tries = 2,
): { readonly report: unknown; readonly spent: CpuTime } {
  const { result, spent } = meterCpu(labs[side], () => runIn(labs[side], 'alice', command));
  const report: unknown = JSON.parse(result);
  const complaint = COMPLAINT.safeParse(report).data?.error;
  if (complaint === undefined) return { report, spent };
  if (tries > 1) return runStream(labs, side, command, tries - 1);
  throw new Error(`Cannot measure ${side}: iperf3 says ${complaint}`);
}
