/** dnsperf from one of alice's addresses to a server: a load of names it must answer without error. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { runIn } from '../../netns-tests/lab/command.ts';
import type { Lab } from '../../netns-tests/lab/topology.ts';
import type { Endpoint } from './servers.ts';

/** Fewer under way than a server may refuse one client; enough to keep it busy. */
export const LOAD = ['-q', '100'];
/** Of all queries, unanswered after dnsperf's five seconds. */
const MOST_LOST = 0.001;

/** Writes the names as dnsperf reads them; the file's path. */
export function writeNames(lab: Lab, file: string, names: readonly string[]): string {
  const target = path.join(lab.directory, file);
  writeFileSync(target, names.map((name) => `${name} A\n`).join(''));
  return target;
}

/** Queries answered a second. Throws when answers are missing or anything but NOERROR. */
export function runDnsperf(
  lab: Lab,
  { address, port }: Endpoint,
  client: string,
  options: readonly string[],
): number {
  const output = runIn(lab, 'alice', [
    'dnsperf',
    ...['-s', address, '-p', String(port), '-a', client, '-T', '1'],
    ...options,
  ]);
  const sent = readCount(output, /Queries sent: +(\d+)/);
  const good = readCount(output, /Response codes: +NOERROR (\d+)/);
  if (good < sent * (1 - MOST_LOST))
    throw new Error(`Cannot trust the figures: ${address}:${port} answered ${good} of ${sent} queries well`);
  return readCount(output, /Queries per second: +([\d.]+)/);
}

function readCount(output: string, pattern: RegExp): number {
  const found = pattern.exec(output);
  if (found === null) throw new Error(`Cannot read dnsperf's report: ${output.trim()}`);
  return Number(found[1]);
}
