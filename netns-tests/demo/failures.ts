/** The primary egress address is lost, then the gateway itself: nobody ever leaves with another source. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { inside, labEnvironment } from '../lab/command.ts';
import { killGateway, startGateway } from '../lab/gateway-process.ts';
import { readOracle } from '../lab/oracle.ts';
import { EGRESS, type Lab } from '../lab/topology.ts';
import { waitUntil } from '../lab/wait.ts';
import { curl, tryWhoami } from '../support/clients.ts';
import { breakEgress, healEgress } from '../support/faults.ts';
import type { Narrator } from './narrator.ts';
import { sourceSeen } from './source-seen.ts';

const BANK = 'bank.example.com';
const SETTLES_WITHIN_MS = 20_000;
const DEAD_FOR_MS = 2_000;

export async function loseThePrimary(lab: Lab, narrator: Narrator): Promise<void> {
  narrator.heading(
    `The internet loses every packet from ${EGRESS.primary}: new connections take the secondary`,
  );
  breakEgress(lab, [EGRESS.primary]);
  try {
    await waitForSource(lab, narrator, EGRESS.secondary);
  } finally {
    healEgress(lab);
  }
  narrator.say('  The internet carries packets from the primary again.');
  await waitForSource(lab, narrator, EGRESS.primary);
}

export async function killTheGateway(lab: Lab, narrator: Narrator): Promise<void> {
  narrator.heading('kill -9 in the middle of a download: nothing leaves, and nothing needs cleaning up');
  const url = `https://${BANK}/bytes/1000000000`;
  narrator.say(`  alice$ curl --limit-rate 20M ${url} &`);
  const [file = '', ...rest] = inside(lab, 'alice', [
    'curl',
    '-sS',
    '--limit-rate',
    '20M',
    '-m',
    '6',
    '-o',
    '/dev/null',
    url,
  ]);
  const download = spawn(file, rest, { stdio: 'ignore', env: labEnvironment() });
  await sleep(500);
  narrator.claim('the download runs', download.exitCode === null);
  await killGateway(lab);
  const before = readOracle(lab).packets_from_gateway;
  const refused = narrator.show('bob', ['curl', '-sS', '-m', '2', 'http://192.0.2.20/whoami']);
  narrator.show('bob', ['ping', '-c', '2', '-i', '0.2', '-W', '1', '2001:db8:2::20']);
  await sleep(DEAD_FOR_MS);
  const sent = readOracle(lab).packets_from_gateway - before;
  narrator.claim('bob reaches nothing', refused === '');
  narrator.claim(`while the gateway is dead no packet leaves (${sent} did)`, sent === 0);
  download.kill();
  if (download.exitCode === null) await once(download, 'exit');
  narrator.say('  The gateway is started again.');
  await startGateway(lab);
  narrator.claim(
    `alice comes from ${EGRESS.primary} again`,
    sourceSeen(narrator, 'alice', BANK) === EGRESS.primary,
  );
}

/** Polls quietly, then shows the curl whose answer is the one waited for. */
async function waitForSource(lab: Lab, narrator: Narrator, wanted: string): Promise<void> {
  const started = performance.now();
  const isThere = (): boolean => tryWhoami(lab, 'alice', BANK, 1)?.address === wanted;
  await waitUntil(isThere, SETTLES_WITHIN_MS, () => `the bank does not see ${wanted}`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const seen = sourceSeen(narrator, 'alice', BANK);
  narrator.claim(`alice comes from ${wanted} after ${seconds} s`, seen === wanted);
  const blocked = curl(lab, 'bob', [`https://${BANK}/`]).stdout;
  narrator.claim('bob is still not let in', blocked.includes('does not let in'));
}
