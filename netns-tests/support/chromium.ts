/** Chromium on alice's machine, without a screen: one page, and what its network log says of how the page was got. */
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { certificatesOf } from '../lab/certificates.ts';
import { run, tryRunIn } from '../lab/command.ts';
import type { Lab } from '../lab/topology.ts';
import type { Whoami } from '../lab/web-server.ts';
import { whoamiShape } from './clients.ts';

const SECONDS_AT_MOST = 40;

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
];

/** The part of a network log that is read. Numbers stand for the names that `constants` gives. */
const NET_LOG = z.object({
  constants: z.object({ logEventTypes: z.record(z.string(), z.number()) }),
  events: z.array(z.object({ type: z.number(), params: z.record(z.string(), z.unknown()).optional() })),
});

export interface Visit {
  /** The document, as HTML. */
  readonly document: string;
  /** The parameters of all events of a kind. */
  events(kind: string): Array<Readonly<Record<string, unknown>>>;
}

/** Gives Chromium a home in which the lab's authority is trusted. */
export function prepareChromium(lab: Lab): void {
  const database = path.join(homeOf(lab), '.pki/nssdb');
  mkdirSync(database, { recursive: true });
  run(['certutil', '-d', `sql:${database}`, '-N', '--empty-password']);
  const trusted = ['-A', '-t', 'C,,', '-n', 'syngate lab CA', '-i', certificatesOf(lab).authority];
  run(['certutil', '-d', `sql:${database}`, ...trusted]);
}

/** Opens a page with a new profile. */
export function openPage(lab: Lab, url: string, flags: readonly string[] = []): Visit {
  const profile = mkdtempSync(path.join(homeOf(lab), 'profile-'));
  const log = path.join(profile, 'net-log.json');
  const command = ['env', `HOME=${homeOf(lab)}`, 'chromium', ...FLAGS, `--user-data-dir=${profile}`];
  const { status, stdout, stderr } = tryRunIn(
    lab,
    'alice',
    [...command, `--log-net-log=${log}`, ...flags, '--dump-dom', url],
    { timeoutMs: SECONDS_AT_MOST * 1000 },
  );
  if (status !== 0) throw new Error(`Cannot open ${url}: chromium ended with ${status}: ${stderr}`);
  return { document: stdout, events: readNetLog(log) };
}

/** What two sites saw, when a page of the first fetched from the second. */
export interface FetchingPage {
  readonly page: Whoami;
  /** The error instead, when Chromium did not let it. */
  readonly fetched: Whoami | string;
  readonly events: Visit['events'];
}

/** Opens a page that asks another site, and waits for the answer. */
export function openFetchingPage(
  lab: Lab,
  host: string,
  other: string,
  flags: readonly string[] = [],
): FetchingPage {
  const visit = openPage(lab, `https://${host}/fetch/${other}`, ['--virtual-time-budget=5000', ...flags]);
  const textOf = (id: string): string => new RegExp(`<p id="${id}">([^<]*)`).exec(visit.document)?.[1] ?? '';
  const fetched = textOf('fetched');
  return {
    page: whoamiShape.parse(JSON.parse(textOf('page'))),
    fetched: fetched.startsWith('{') ? whoamiShape.parse(JSON.parse(fetched)) : fetched,
    events: visit.events,
  };
}

function readNetLog(file: string): Visit['events'] {
  const { constants, events } = NET_LOG.parse(JSON.parse(readFileSync(file, 'utf8')));
  return (kind) => {
    const type = constants.logEventTypes[kind];
    if (type === undefined)
      throw new RangeError(`Cannot find events of kind '${kind}': Chromium has no such kind`);
    return events.flatMap((event) => (event.type === type && event.params ? [event.params] : []));
  };
}

function homeOf(lab: Lab): string {
  return path.join(lab.directory, 'chromium');
}
