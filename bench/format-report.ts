/** A report as a table, for a terminal and for docs/performance.md. */
import type { BenchReport, CpuCost, Spread, Summary, Unit } from './report.ts';

const HEADINGS = ['figure', 'reference', 'syngate', 'ratio', 'difference', 'CPU seconds'];

/** Columns padded for a terminal, with the command above them. */
export function formatReport(report: BenchReport): string {
  const rows = tableOf(report);
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  const head = [
    `${report.bench}: ${report.command}`,
    `median [least–most], rounds: ${report.rounds.length}`,
    '',
  ];
  return [...head, ...lines.map((line) => line.trimEnd())].join('\n');
}

/** The same as a Markdown table. */
export function formatMarkdown(report: BenchReport): string {
  const [headings = [], ...rows] = tableOf(report);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [line(headings), line(headings.map(() => '---')), ...rows.map(line)];
  return [`### ${report.bench}`, '', `\`${report.command}\``, '', ...table].join('\n');
}

/** Headings and rows, without the columns that nothing stands in. */
function tableOf(report: BenchReport): string[][] {
  const rows = rowsOf(report);
  const isUsed = (column: number): boolean => rows.some((row) => row[column] !== '');
  return [HEADINGS, ...rows].map((row) => row.filter((_, column) => isUsed(column)));
}

function rowsOf(report: BenchReport): string[][] {
  return Object.entries(report.figures).map(([name, figure]) => [
    name,
    formatSpread(figure.reference, figure.unit),
    formatSpread(figure.syngate, figure.unit),
    formatRatio(figure),
    figure.unit === 's' ? formatSpread(figure.difference, figure.unit) : '',
    formatCost(figure.cost),
  ]);
}

function formatSpread(spread: Spread | undefined, unit: Unit): string {
  if (spread === undefined) return '';
  // One prefix for all three, that of the largest, so that they are compared at a glance.
  const scale = scaleOf(Math.max(Math.abs(spread.min), Math.abs(spread.max)), unit);
  const [middle, min, max] = [spread.median, spread.min, spread.max].map((value) =>
    (value / scale.factor).toFixed(scale.digits),
  );
  return `${middle} [${min}–${max}] ${scale.name}`.trimEnd();
}

function formatRatio({ ratio }: Summary): string {
  if (ratio === undefined) return '';
  const [middle, min, max] = [ratio.median, ratio.min, ratio.max].map((value) => value.toFixed(2));
  return `${middle} [${min}–${max}]`;
}

function formatCost(cost: CpuCost | undefined): string {
  if (cost === undefined) return '';
  const [reference, syngate, gateway] = [cost.reference, cost.syngate, cost.gateway].map((value) =>
    value.toFixed(2),
  );
  return `${syngate} (gateway ${gateway}) to ${reference} per ${cost.per}`;
}

interface Scale {
  readonly factor: number;
  readonly name: string;
  readonly digits: number;
}

function scaleOf(value: number, unit: Unit): Scale {
  switch (unit) {
    case 's':
      if (value < 1e-3) return { factor: 1e-6, name: 'µs', digits: 2 };
      return value < 1 ? { factor: 1e-3, name: 'ms', digits: 2 } : { factor: 1, name: 's', digits: 2 };
    case 'byte':
      return { factor: 1e6, name: 'MB', digits: 1 };
    case 'bit/s':
      return { factor: 1e9, name: 'Gbit/s', digits: 2 };
    case '':
      return { factor: 1, name: '', digits: value < 100 ? 2 : 0 };
    default:
      return { factor: 1e3, name: `thousand ${unit}`, digits: 1 };
  }
}
