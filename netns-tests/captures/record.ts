/**
 * Records the captures that test/fuzz/ begins with, in a lab of its own: `node netns-tests/captures/record.ts`, as root.
 * Both sides of the gateway at once, and which flow and lease each packet belongs to.
 */
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayClient } from '../../src/api/client.ts';
import { gatewayFilesOf } from '../lab/gateway-files.ts';
import { lowerLab, raiseLab } from '../lab/lab.ts';
import { type Lab, labOf, ROOT } from '../lab/topology.ts';
import { startAside } from '../soak/run-aside.ts';
import { raiseFarNetwork } from '../support/far-network.ts';
import { makeTraffic, startServers } from './traffic.ts';

const FOLDER = path.join(ROOT, 'test/fuzz/captures');
const RECORDER = path.join(import.meta.dirname, 'record-frames.py');
const NARROW = 1300;

const lab = labOf(process.env.LAB_SUFFIX ?? `record-${process.pid}`);
const far = await raise();
try {
  const recorders = [
    await startRecorder(lab, 'syngate0', 'clients'),
    await startRecorder(lab, 'wan0', 'internet'),
  ];
  for (const [name, act] of makeTraffic(lab)) console.log(`${name}: status ${act().status}`);
  await sleep(1_000);
  for (const recorder of recorders) {
    recorder.kill('SIGTERM');
    await once(recorder, 'close');
  }
  const gateway = new GatewayClient(gatewayFilesOf(lab).socket);
  const flows = (await gateway.flows({})).map(({ protocol, client, destination, real, egress }) => ({
    protocol,
    client,
    destination,
    real,
    egress,
  }));
  const leases = (await gateway.leases()).map(({ host, ipv4, ipv6, real4, real6 }) => ({
    host,
    ipv4,
    ipv6,
    real4,
    real6,
  }));
  writeFileSync(path.join(FOLDER, 'manifest.json'), `${JSON.stringify({ flows, leases }, null, 1)}\n`);
} finally {
  far.remove();
  lowerLab(lab);
}

async function raise() {
  mkdirSync(FOLDER, { recursive: true });
  await raiseLab(lab);
  const network = raiseFarNetwork(lab);
  network.setMtu(NARROW);
  await startServers(lab);
  return network;
}

async function startRecorder(lab: Lab, device: string, side: string) {
  const recorder = startAside(lab, 'gw', ['python3', RECORDER, device, path.join(FOLDER, `${side}.pcap`)]);
  recorder.stderr.pipe(process.stderr);
  await once(recorder.stdout, 'data');
  return recorder;
}
