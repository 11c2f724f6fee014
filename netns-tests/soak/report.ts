/** What a soak says in the end: a table, and every failure with its time. */
import type { OracleReport } from '../lab/oracle.ts';
import { CANARIES } from './canaries.ts';
import type { CanaryEvent } from './canary-protocol.ts';
import type { Disturbance } from './disturbance.ts';
import { judgeCanary, LEAST_ANSWERED, PATIENCE_MS } from './judge-canaries.ts';
import { type Attempt, judgeLoad } from './judge-load.ts';
import { judgeMemory, type MemoryReport, type MemorySample, openedIn } from './judge-memory.ts';
import type { Status } from './memory-watch.ts';

/** All that was seen. */
export interface SoakRecord {
  readonly seed: number;
  /** Milliseconds of the wall clock. */
  readonly from: number;
  readonly to: number;
  readonly canaryEvents: readonly CanaryEvent[];
  readonly attempts: readonly Attempt[];
  readonly samples: readonly MemorySample[];
  readonly disturbances: readonly Disturbance[];
  readonly status: Pick<Status, 'drops' | 'violations'>;
  readonly oracle: OracleReport;
  readonly isSameProcess: boolean;
}

export interface SoakReport {
  readonly lines: readonly string[];
  readonly failures: readonly string[];
}

export function reportSoak(record: SoakRecord): SoakReport {
  const sections = [reportFaults, reportCanaries, reportLoad, reportMemory, reportOracle].map((report) =>
    report(record),
  );
  return {
    lines: sections.flatMap(({ lines }) => [...lines, '']),
    failures: sections.flatMap(({ failures }) => failures),
  };
}

function reportFaults({ disturbances, from }: SoakRecord): SoakReport {
  const byFault = Map.groupBy(disturbances, ({ fault }) => fault);
  const rows = [...byFault].map(([fault, ones]) => [
    fault,
    String(ones.length),
    seconds(Math.max(...ones.map((one) => one.ended - one.from))),
    seconds(Math.max(...ones.map((one) => one.to - one.ended))),
    verdict(ones.every(({ isCalm }) => isCalm)),
  ]);
  return {
    lines: alignTable([['fault', 'times', 'lasted', 'all calm after another', ''], ...rows]),
    failures: disturbances
      .filter(({ isCalm }) => !isCalm)
      .map(
        (one) => `after the fault at ${seconds(one.from - from)} not everything works again: ${one.fault}`,
      ),
  };
}

function reportCanaries({ canaryEvents, disturbances, from, to }: SoakRecord): SoakReport {
  const judged = CANARIES.map((plan) => judgeCanary(plan, canaryEvents, disturbances, { from, to }));
  const rows = judged.map(({ name, answered, due, longestSilence, longestExcused, moves, failures }) => [
    name,
    String(answered),
    due.toFixed(0),
    seconds(longestSilence),
    seconds(longestExcused),
    String(moves),
    verdict(failures.length === 0),
  ]);
  return {
    lines: [
      ...alignTable([['canary', 'answers', 'due', 'silence', 'in a fault', 'moves', ''], ...rows]),
      `silent for at most ${seconds(PATIENCE_MS)} without a fault that excuses it, ${LEAST_ANSWERED * 100} % of what is due answered`,
    ],
    failures: judged.flatMap(({ name, failures }) => failures.map((failure) => `canary ${name}: ${failure}`)),
  };
}

function reportLoad({ attempts, disturbances, from, to }: SoakRecord): SoakReport {
  const judged = judgeLoad(attempts, disturbances, { from, to });
  const rows = judged.map(({ kind, worked, excused, longestPause, mostPause, failures }) => [
    kind,
    String(worked),
    String(excused),
    seconds(longestPause),
    seconds(mostPause),
    String(failures.length),
    verdict(failures.length === 0),
  ]);
  return {
    lines: alignTable([
      ['load', 'worked', 'failed in a fault', 'longest pause', 'at most', 'failures', ''],
      ...rows,
    ]),
    failures: judged.flatMap(({ kind, failures }) => failures.map((failure) => `${kind}: ${failure}`)),
  };
}

function reportMemory({ samples }: SoakRecord): SoakReport {
  const judged = judgeMemory(samples);
  const show = (value: number, unit: MemoryReport['unit']) =>
    unit === 'pieces' ? String(value) : `${(value / 1e6).toFixed(1)} MB`;
  const rows = judged.map(({ measure, unit, second, third, allowed, most, seenFrom, isFlat }) => [
    measure,
    ...[second, third, allowed, most].map((value) => show(value, unit)),
    unit === 'bytes' ? `${seenFrom.toFixed(0)} bytes` : '',
    verdict(isFlat),
  ]);
  const flows = Math.max(...samples.map((sample) => sample.flows));
  return {
    lines: [
      ...alignTable([
        ['memory', 'second third', 'last third', 'at most', 'peak', 'leak a flow seen from', ''],
        ...rows,
      ]),
      `${samples.length} samples, ${openedIn(samples)} flows opened, at most ${flows} alive; looked at after collections, and a third told by its median`,
    ],
    failures: judged
      .filter(({ isFlat }) => !isFlat)
      .map(
        ({ measure, unit, second, third, allowed }) =>
          `memory: ${measure} grew from ${show(second, unit)} to ${show(third, unit)}, more than ${show(allowed, unit)}`,
      ),
  };
}

function reportOracle({ oracle, status, isSameProcess }: SoakRecord): SoakReport {
  const drops = Object.entries(status.drops).toSorted(([, one], [, other]) => other - one);
  const found = [
    ...(oracle.violations === 0 ? [] : [`the oracle counted ${JSON.stringify(oracle)}`]),
    ...(oracle.packets_from_gateway > 0 ? [] : ['the oracle has seen no packet of the gateway']),
    ...(status.violations === 0 ? [] : [`the guard caught ${status.violations} packets`]),
    ...(isSameProcess ? [] : ['the gateway did not stay the same process']),
  ];
  return {
    lines: [
      `oracle ${oracle.violations}, caught by the guard ${status.violations}, packets from the gateway ${oracle.packets_from_gateway}`,
      `dropped: ${drops.map(([reason, count]) => `${count} ${reason}`).join(', ')}`,
    ],
    failures: found,
  };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function verdict(isGood: boolean): string {
  return isGood ? 'ok' : 'FAILED';
}

/** The first column to the left, the others to the right. */
function alignTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
