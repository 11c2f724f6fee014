/** What a benchmark found, as interfaces.md shapes it, and as a table. */

/** One figure of both sides, in bits or packets per second. */
export interface Measurement {
  readonly reference: number;
  readonly syngate: number;
}

export interface BenchReport {
  readonly bench: string;
  /** Median over the rounds of syngate ÷ reference, for each thing measured. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly rounds: ReadonlyArray<Readonly<Record<string, Measurement>>>;
  /** How one figure was measured. */
  readonly command: string;
}

/** Computes the ratios of a benchmark from its rounds, which all measured the same things. */
export function makeReport(bench: string, command: string, rounds: BenchReport['rounds']): BenchReport {
  const names = Object.keys(rounds[0] ?? {});
  const ratios = names.map((name) => {
    const ofRounds = rounds.map((round) => ratioOf(round[name]));
    return [name, Number(median(ofRounds).toFixed(3))] as const;
  });
  return { bench, ratios: Object.fromEntries(ratios), rounds, command };
}

/** A table of all rounds, in Gbit/s, with the ratios below. */
export function formatReport(report: BenchReport): string {
  const lines = [
    `${report.bench}: ${report.command}`,
    '',
    row('round', 'what', 'reference', 'syngate', 'ratio'),
  ];
  report.rounds.forEach((round, index) => {
    for (const [name, figures] of Object.entries(round)) {
      const { reference, syngate } = figures;
      lines.push(
        row(String(index + 1), name, gigabits(reference), gigabits(syngate), ratioOf(figures).toFixed(2)),
      );
    }
  });
  const medians = Object.entries(report.ratios).map(([name, ratio]) => `${name} ${ratio.toFixed(2)}`);
  return [...lines, '', `median of syngate / reference: ${medians.join(', ')}`].join('\n');
}

/** The middle value; of an even number, the mean of the middle two. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const around = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return around.reduce((sum, value) => sum + value, 0) / around.length;
}

function ratioOf(figures: Measurement | undefined): number {
  return figures === undefined ? Number.NaN : figures.syngate / figures.reference;
}

function gigabits(bitsPerSecond: number): string {
  return `${(bitsPerSecond / 1e9).toFixed(2)} Gbit/s`;
}

function row(...cells: readonly string[]): string {
  const [first = '', second = '', ...rest] = cells;
  return `${first.padEnd(6)}${second.padEnd(12)}${rest.map((cell) => cell.padStart(14)).join('')}`;
}
