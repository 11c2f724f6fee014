/** Whether memory is flat after the first third of a soak, in which tables, caches and compiled code fill up. */

export interface MemorySample {
  readonly at: number;
  /** Bytes. */
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  /** Open file descriptors. */
  readonly descriptors: number;
  readonly flows: number;
}

export interface MemoryReport {
  readonly measure: keyof typeof MEASURES;
  readonly second: number;
  readonly third: number;
  readonly most: number;
  readonly isFlat: boolean;
}

/**
 * What the last third may have more than the second one. The share is row FL-37's. What is added stands for what moves
 * with no leak: V8 gives pages back late, and an idle page of 256 KiB here and there counts whole. A leak of 1 KiB for
 * each of 20 new flows and names a second makes 12 MB in a third of 30 minutes.
 */
const MEASURES = {
  rss: { share: 0.05, plus: 2 ** 20, tell: least },
  heapUsed: { share: 0.05, plus: 2 ** 20, tell: least },
  external: { share: 0.05, plus: 2 ** 20, tell: least },
  descriptors: { share: 0, plus: 4, tell: median },
} as const;

const NAMES: ReadonlyArray<keyof typeof MEASURES> = ['rss', 'heapUsed', 'external', 'descriptors'];

/**
 * A heap goes up until it is collected, so it is told by the least of a third: what a collection leaves, which a leak adds
 * to. Descriptors come and go with each question asked. At least three samples.
 */
export function judgeMemory(samples: readonly MemorySample[]): MemoryReport[] {
  const third = Math.floor(samples.length / 3);
  if (third === 0) throw new RangeError(`Cannot judge memory: ${samples.length} samples, wanted 3 or more`);
  return NAMES.map((measure) => {
    const values = samples.map((sample) => sample[measure]);
    const { share, plus, tell } = MEASURES[measure];
    const [before, after] = [tell(values.slice(third, 2 * third)), tell(values.slice(-third))];
    const isFlat = after <= before * (1 + share) + plus;
    return { measure, second: before, third: after, most: Math.max(...values), isFlat };
  });
}

function least(values: readonly number[]): number {
  return Math.min(...values);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
