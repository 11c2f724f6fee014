/** Puts the tables of a run of all benchmarks into docs/performance.md, with the command and the machine they are from. */
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { formatMarkdown } from './format-report.ts';
import type { BenchReport } from './report.ts';

const PAGE = path.resolve(import.meta.dirname, '../docs/performance.md');
const BEGIN = '<!-- figures: written by scripts/bench all --write -->';
const END = '<!-- end of figures -->';

/** How the figures came about. */
export interface BenchRun {
  readonly rounds: number;
  /** Load average over a minute before it began: other people's work, which spoils figures. */
  readonly loadBefore: number;
}

/** Throws when the page has lost its markers. */
export function writePerformance(reports: readonly BenchReport[], run: BenchRun): void {
  const sections = [describeRun(run), ...reports.map(formatMarkdown)];
  writeFileSync(PAGE, replaceFigures(readFileSync(PAGE, 'utf8'), sections));
}

/** The page with other figures between its markers. */
export function replaceFigures(page: string, sections: readonly string[]): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin)
    throw new Error(`Cannot write the figures: the page lacks '${BEGIN}' before '${END}'`);
  return `${page.slice(0, begin)}${[BEGIN, ...sections, END].join('\n\n')}${page.slice(end + END.length)}`;
}

function describeRun({ rounds, loadBefore }: BenchRun): string {
  const cpus = os.cpus();
  return [
    `\`scripts/bench all --rounds ${rounds} --write\` on ${new Date().toISOString().slice(0, 10)}: ${cpus.length} processors`,
    `(${cpus[0]?.model.trim() ?? 'unknown'}), Linux ${os.release()}, Node ${process.version};`,
    `load average before it began ${loadBefore.toFixed(2)}. Median [least–most].`,
  ].join(' ');
}
