/** The primary egress address is lost, then the gateway itself: nobody ever leaves with another source. */
import { setTimeout as sleep } from 'node:timers/promises';
import { killGateway, startGateway } from '../lab/gateway-process.ts';
import { readOracle } from '../lab/oracle.ts';
import { EGRESS, type Lab } from '../lab/topology.ts';
import { waitUntil } from '../lab/wait.ts';
import { page, tryWhoami } from '../support/clients.ts';
import { breakEgress, healEgress } from '../support/faults.ts';
import { Transfer } from '../support/transfer.ts';
import type { Narrator } from './narrator.ts';
import { sourceSeen } from './source-seen.ts';

const BANK = 'bank.example.com';
const SETTLES_WITHIN_MS = 20_000;
const DEAD_FOR_MS = 2_000;
const DOWNLOAD = ['curl', '-sS', '--limit-rate', '20M', '-m', '4', `https://${BANK}/bytes/1000000000`];

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
  narrator.say(`  alice$ ${DOWNLOAD.join(' ')} | wc -c &`);
  const download = new Transfer(lab, 'alice', DOWNLOAD);
  await waitUntil(
    () => download.received > 0,
    SETTLES_WITHIN_MS,
    () => 'the download does not begin',
  );
  await killGateway(lab);
  const before = readOracle(lab).packets_from_gateway;
  const answer = narrator.show('bob', ['curl', '-sS', '-m', '1', 'http://192.0.2.20/whoami']);
  narrator.show('bob', ['ping', '-c', '2', '-i', '0.2', '-W', '1', '2001:db8:2::20']);
  await sleep(DEAD_FOR_MS);
  const sent = readOracle(lab).packets_from_gateway - before;
  narrator.claim('bob reaches nothing', answer === '');
  narrator.claim(`while the gateway is dead no packet leaves (${sent} did)`, sent === 0);
  const status = await download.ended;
  narrator.claim(`the download broke off after ${download.received} bytes`, status !== 0);
  narrator.say('  The gateway is started again.');
  await startGateway(lab);
  const seen = sourceSeen(narrator, 'alice', BANK);
  narrator.claim(`alice comes from ${EGRESS.primary} again`, seen === EGRESS.primary);
}

/** Polls quietly, then shows the curl whose answer is the one waited for. */
async function waitForSource(lab: Lab, narrator: Narrator, wanted: string): Promise<void> {
  const started = performance.now();
  const isThere = (): boolean => tryWhoami(lab, 'alice', BANK, 1)?.address === wanted;
  await waitUntil(isThere, SETTLES_WITHIN_MS, () => `the bank does not see ${wanted}`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const seen = sourceSeen(narrator, 'alice', BANK);
  narrator.claim(`alice comes from ${wanted} after ${seconds} s`, seen === wanted);
  narrator.claim('bob is still not let in', page(lab, 'bob', `https://${BANK}/`).status === 403);
}
