/** Whether memory is flat after the first third of a soak, in which tables, caches and compiled code fill up. */
import type { ThreadState } from './watch-threads.ts';

/** What the threads had left after a collection, and more. */
export interface MemorySample extends ThreadState {
  readonly at: number;
  /** What DNS answers take of the first thread's heap, in bytes. */
  readonly dnsCache: number;
  /** Open file descriptors. */
  readonly descriptors: number;
  readonly flows: number;
  /** Flows opened since the gateway began. */
  readonly opened: number;
}

export type Measure = (typeof NAMES)[number];

export interface MemoryReport {
  readonly measure: Measure;
  readonly unit: 'bytes' | 'pieces';
  readonly second: number;
  readonly third: number;
  /** The most that the third may be. */
  readonly allowed: number;
  readonly most: number;
  /** How much of it each flow of the last third would have to leave behind to be found out. */
  readonly seenFrom: number;
  readonly isFlat: boolean;
}

interface Rule {
  readonly read: (sample: MemorySample) => number;
  readonly unit: MemoryReport['unit'];
  readonly share: number;
  readonly plus: number;
}

const NAMES = ['rss', 'heap', 'external', 'threadHeaps', 'handles', 'descriptors'] as const;

/**
 * What the last third may have more than the second one, each told by its median: what comes and goes, comes in both.
 * Row FL-37 allows 5 %; with 300 flows a second 4 % of the resident memory are some 70 bytes for each, and 5 % of the
 * threads' heaps some 15. What is added stands for what moves with no leak: V8 gives pages back late, and an idle page of
 * 256 KiB here and there counts whole. The DNS cache keeps what has run out for an hour (RFC 8767) and is bounded in
 * bytes by itself.
 */
const RULES: Readonly<Record<Measure, Rule>> = {
  rss: { read: ({ rss }) => rss, unit: 'bytes', share: 0.04, plus: 2 ** 20 },
  heap: { read: ({ heapUsed, dnsCache }) => heapUsed - dnsCache, unit: 'bytes', share: 0.05, plus: 2 ** 20 },
  external: { read: ({ external }) => external, unit: 'bytes', share: 0.02, plus: 2 ** 18 },
  threadHeaps: { read: ({ threadHeaps }) => threadHeaps, unit: 'bytes', share: 0.05, plus: 2 ** 20 },
  handles: { read: ({ handles }) => handles, unit: 'pieces', share: 0, plus: 4 },
  descriptors: { read: ({ descriptors }) => descriptors, unit: 'pieces', share: 0, plus: 4 },
};

/** At least three samples. */
export function judgeMemory(samples: readonly MemorySample[]): MemoryReport[] {
  const third = Math.floor(samples.length / 3);
  if (third === 0) throw new RangeError(`Cannot judge memory: ${samples.length} samples, wanted 3 or more`);
  const opened = openedIn(samples.slice(-third - 1));
  return NAMES.map((measure) => {
    const { read, unit, share, plus } = RULES[measure];
    const values = samples.map(read);
    const [second, last] = [median(values.slice(third, 2 * third)), median(values.slice(-third))];
    const allowed = second * (1 + share) + plus;
    return {
      ...{ measure, unit, second, third: last, allowed, most: Math.max(...values) },
      seenFrom: (allowed - second) / Math.max(1, opened),
      isFlat: last <= allowed,
    };
  });
}

/** Flows that were opened between the first and the last of these samples. */
export function openedIn(samples: readonly MemorySample[]): number {
  return (samples.at(-1)?.opened ?? 0) - (samples[0]?.opened ?? 0);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
