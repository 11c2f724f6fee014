import { describe, expect, it } from 'vitest';
import { formatMarkdown, formatReport } from '../../bench/format-report.ts';
import { makeReport, measureRounds, median, percentile, type Round } from '../../bench/report.ts';

const ROUNDS: readonly Round[] = [
  { up: { unit: 'bit/s', reference: 40e9, syngate: 20e9 }, memory: { unit: 'byte', syngate: 5e6 } },
  { up: { unit: 'bit/s', reference: 10e9, syngate: 8e9 }, memory: { unit: 'byte', syngate: 7e6 } },
  { up: { unit: 'bit/s', reference: 30e9, syngate: 21e9 }, memory: { unit: 'byte', syngate: 6e6 } },
];

describe('makeReport()', () => {
  const report = makeReport('tcp', 'iperf3', ROUNDS);

  it('makeReport() takes the median of the ratios of each round, not the ratio of medians', () => {
    expect(report.ratios).toEqual({ up: 0.7 });
    expect(report.figures.up?.ratio).toEqual({ median: 0.7, min: 0.5, max: 0.8 });
  });

  it('makeReport() gives no ratio to a figure without a reference', () => {
    expect(report.figures.memory).toEqual({ unit: 'byte', syngate: { median: 6e6, min: 5e6, max: 7e6 } });
  });

  it('makeReport() keeps every round and the command', () => {
    expect(report.rounds).toBe(ROUNDS);
    expect(report.command).toBe('iperf3');
  });

  it('makeReport() takes the median of what things cost', () => {
    const cost = (syngate: number) => ({ per: 'GB', reference: 1, syngate, gateway: syngate / 2 }) as const;
    const rounds = [2, 9, 4].map((value) => ({
      up: { unit: 'bit/s', reference: 1, syngate: 1, cost: cost(value) } as const,
    }));
    expect(makeReport('tcp', '', rounds).figures.up?.cost).toEqual(cost(4));
  });
});

describe('formatReport()', () => {
  it('formatReport() shows median, least and most with one unit', () => {
    const text = formatReport(makeReport('tcp', 'iperf3', ROUNDS));
    expect(text).toContain('30.00 [10.00–40.00] Gbit/s');
    expect(text).toContain('20.00 [8.00–21.00] Gbit/s');
    expect(text).toContain('0.70 [0.50–0.80]');
  });

  it('formatReport() tells the difference of times', () => {
    const round: Round = { rtt: { unit: 's', reference: 40e-6, syngate: 90e-6 } };
    expect(formatReport(makeReport('latency', '', [round]))).toContain('50.00 [50.00–50.00] µs');
  });
});

it('formatReport() leaves out columns that nothing stands in', () => {
  const text = formatReport(makeReport('tcp', 'iperf3', ROUNDS));
  expect(text).not.toContain('CPU seconds');
  expect(text).not.toContain('difference');
});

it('formatMarkdown() gives every row as many cells as there are headings', () => {
  const rows = formatMarkdown(makeReport('tcp', 'iperf3', ROUNDS))
    .split('\n')
    .filter((line) => line.startsWith('|'));
  expect(new Set(rows.map((row) => row.split('|').length))).toEqual(new Set([6]));
});

it.each([
  [[3], 3],
  [[5, 1, 3], 3],
  [[4, 1, 2, 3], 2.5],
])('median() of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

it.each([
  [0.5, 2],
  [0.99, 4],
  [0, 1],
])('percentile() %d of four values is the nearest rank', (share, expected) => {
  expect(percentile([4, 2, 1, 3], share)).toBe(expected);
});

it('measureRounds() measures one round after the other, each with its number', async () => {
  const rounds = await measureRounds(3, (round) => ({ up: { unit: '', syngate: round } }));
  expect(rounds.map((round) => round.up?.syngate)).toEqual([0, 1, 2]);
});
