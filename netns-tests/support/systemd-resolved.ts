/** systemd-resolved on alice's machine, which asks the gateway and answers at 127.0.0.53. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inside, runIn, startDetached, tryRunIn } from '../lab/command.ts';
import { writeOver } from '../lab/host-files.ts';
import { type Lab, RESOLVER, ROOT } from '../lab/topology.ts';
import { waitUntil } from '../lab/wait.ts';

/** Where scripts/setup lays it out. */
const FOLDER = path.join(ROOT, 'node_modules/.debian/systemd-resolved');
const SCRIPT = path.join(ROOT, 'netns-tests/support/systemd-resolved.sh');
const STUB = '127.0.0.53';
const WITHIN_MS = 10_000;

/** What a machine has that knows the gateway as its one resolver; nothing is asked of neighbours. */
const SETTINGS = [
  `DNS=${RESOLVER.ipv4} ${RESOLVER.ipv6}`,
  'FallbackDNS=',
  'Domains=~.',
  'LLMNR=no',
  'MulticastDNS=no',
];

export interface Resolved {
  /** What it said so far: every query, and what it makes of the server. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts it with these settings of resolved.conf(5); alice's programs ask it until it is stopped. */
export async function startResolved(lab: Lab, settings: readonly string[] = []): Promise<Resolved> {
  const log = path.join(lab.directory, `resolved-${performance.now()}.log`);
  const usual = runIn(lab, 'alice', ['cat', '/etc/resolv.conf']);
  const command = ['sh', SCRIPT, FOLDER, ...SETTINGS, ...settings];
  const pid = startDetached(inside(lab, 'alice', command), log);
  const listens = (): boolean => runIn(lab, 'alice', ['ss', '-Hlun']).includes(`${STUB}%lo:53 `);
  await waitUntil(listens, WITHIN_MS, () => `systemd-resolved does not listen: ${readFileSync(log, 'utf8')}`);
  writeOver(lab, 'alice', 'resolv.conf', `nameserver ${STUB}\noptions edns0 trust-ad\n`);
  return {
    log: () => readFileSync(log, 'utf8'),
    stop: async () => {
      writeOver(lab, 'alice', 'resolv.conf', usual);
      tryRunIn(lab, 'alice', ['kill', String(pid)]);
      await waitUntil(
        () => !listens(),
        WITHIN_MS,
        () => `systemd-resolved, pid ${pid}, does not end`,
      );
    },
  };
}
