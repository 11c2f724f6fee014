/** What a benchmark found: every round, and the median, least and most over the rounds. */
import { setImmediate } from 'node:timers/promises';

/** What a figure counts: per second, seconds, bytes, or a plain number. */
export type Unit = 'bit/s' | 'packet/s' | 'connection/s' | 'query/s' | 'flow/s' | 's' | 'byte' | '';

/** One figure of one round; without a reference it stands alone. */
export interface Measurement {
  readonly unit: Unit;
  readonly syngate: number;
  readonly reference?: number;
  readonly cost?: CpuCost;
}

/** CPU seconds for an amount of traffic: of the whole machine, client and server included, and of the gateway's process. */
export interface CpuCost {
  readonly per: 'GB' | 'million packets' | 'thousand connections';
  readonly reference: number;
  readonly syngate: number;
  /** The part of `syngate` that its process spent; the rest is the kernel's softirqs, the client and the server. */
  readonly gateway: number;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** One figure over all rounds. */
export interface Summary {
  readonly unit: Unit;
  readonly syngate: Spread;
  readonly reference?: Spread;
  /** syngate ÷ reference, of the same round. */
  readonly ratio?: Spread;
  /** syngate − reference, of the same round. */
  readonly difference?: Spread;
  /** Medians. */
  readonly cost?: CpuCost;
}

export type Round = Readonly<Record<string, Measurement>>;

export interface BenchReport {
  readonly bench: string;
  /** Median over the rounds of syngate ÷ reference, for each figure that has a reference. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly rounds: readonly Round[];
  /** How one round was measured. */
  readonly command: string;
  readonly figures: Readonly<Record<string, Summary>>;
}

/** Measures so often, one after the other; between two rounds there is time for a signal to end it all. */
export async function measureRounds(rounds: number, measure: (round: number) => Round): Promise<Round[]> {
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    await setImmediate();
    measured.push(measure(round));
  }
  return measured;
}

/** The report of rounds that all measured the same things. */
export function makeReport(bench: string, command: string, rounds: readonly Round[]): BenchReport {
  const names = Object.keys(rounds[0] ?? {});
  const figures = names.map(
    (name) => [name, summarize(rounds.flatMap((round) => round[name] ?? []))] as const,
  );
  const ratios = figures.flatMap(([name, { ratio }]) =>
    ratio === undefined ? [] : [[name, Number(ratio.median.toFixed(3))] as const],
  );
  return { bench, ratios: Object.fromEntries(ratios), rounds, command, figures: Object.fromEntries(figures) };
}

/** The middle value; of an even number, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const around = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return around.reduce((sum, value) => sum + value, 0) / around.length;
}

/** The value that `share` (0 to 1) of the values do not exceed: nearest rank. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function summarize(measured: readonly Measurement[]): Summary {
  const unit = measured[0]?.unit ?? '';
  const syngate = spreadOf(measured.map((one) => one.syngate));
  const pairs = measured.flatMap(({ syngate, reference }) =>
    reference === undefined ? [] : [{ syngate, reference }],
  );
  if (pairs.length === 0) return { unit, syngate };
  const costs = measured.flatMap(({ cost }) => cost ?? []);
  const cost = medianCost(costs);
  return {
    unit,
    syngate,
    reference: spreadOf(pairs.map(({ reference }) => reference)),
    ratio: spreadOf(pairs.map(({ syngate, reference }) => syngate / reference)),
    difference: spreadOf(pairs.map(({ syngate, reference }) => syngate - reference)),
    ...(cost === undefined ? {} : { cost }),
  };
}

function medianCost(costs: readonly CpuCost[]): CpuCost | undefined {
  const [first] = costs;
  if (first === undefined) return undefined;
  return {
    per: first.per,
    reference: median(costs.map(({ reference }) => reference)),
    syngate: median(costs.map(({ syngate }) => syngate)),
    gateway: median(costs.map(({ gateway }) => gateway)),
  };
}

function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}
