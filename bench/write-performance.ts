/** Puts the tables of a run of all benchmarks into docs/performance.md, with the command and the machine they are from. */
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { formatMarkdown } from './format-report.ts';
import type { BenchReport } from './report.ts';

const PAGE = path.resolve(import.meta.dirname, '../docs/performance.md');
const BEGIN = '<!-- figures: written by scripts/bench all --write -->';
const END = '<!-- end of figures -->';

/** Throws when the page has lost its markers. */
export function writePerformance(reports: readonly BenchReport[], rounds: number): void {
  writeFileSync(
    PAGE,
    replaceFigures(readFileSync(PAGE, 'utf8'), [describeRun(rounds), ...reports.map(formatMarkdown)]),
  );
}

/** The page with other figures between its markers. */
export function replaceFigures(page: string, sections: readonly string[]): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin)
    throw new Error(`Cannot write the figures: the page lacks '${BEGIN}' before '${END}'`);
  return `${page.slice(0, begin)}${[BEGIN, ...sections, END].join('\n\n')}${page.slice(end + END.length)}`;
}

/** Other people's load spoils figures, so the page tells how much there was. */
function describeRun(rounds: number): string {
  const cpus = os.cpus();
  const load = os.loadavg().map((value) => value.toFixed(2));
  return [
    `\`scripts/bench all --rounds ${rounds} --write\` on ${new Date().toISOString().slice(0, 10)}: ${cpus.length} processors`,
    `(${cpus[0]?.model.trim() ?? 'unknown'}), Linux ${os.release()}, Node ${process.version};`,
    `load average at the end ${load.join(', ')}.`,
  ].join(' ');
}
