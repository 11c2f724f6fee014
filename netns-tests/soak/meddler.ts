/** Something on a host's cable that sends some of its frames again: at once, later, or damaged; see meddle.py. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Host, Lab } from '../lab/topology.ts';
import { startAside } from './run-aside.ts';

const MEDDLER = path.join(import.meta.dirname, 'meddle.py');

export function startMeddling(lab: Lab, host: Host, seed: number): ChildProcess {
  return startAside(lab, host, ['python3', MEDDLER, 'eth0', String(seed)]);
}

export async function stopMeddling(meddler: ChildProcess): Promise<void> {
  if (meddler.exitCode !== null) throw new Error('Cannot stop a meddler: it ended by itself');
  meddler.kill('SIGTERM');
  await once(meddler, 'close');
}
