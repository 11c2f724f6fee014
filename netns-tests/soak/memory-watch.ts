/** Looks at the gateway's memory every few seconds. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { GatewayClient } from '../../src/api/client.ts';
import { gatewayFilesOf } from '../lab/gateway-files.ts';
import { gatewayPid } from '../lab/gateway-process.ts';
import type { Lab } from '../lab/topology.ts';
import type { MemorySample } from './judge-memory.ts';
import { readThreads } from './watch-threads.ts';

export type Status = Awaited<ReturnType<GatewayClient['status']>>;

const THREAD_WATCH = path.join(import.meta.dirname, 'watch-threads.ts');

export function readStatus(lab: Lab): Promise<Status> {
  return new GatewayClient(gatewayFilesOf(lab).socket).status();
}

/** What the gateway must be started under, for its threads to be seen. */
export function watchedGateway(lab: Lab): readonly string[] {
  return ['env', `NODE_OPTIONS=--import=${THREAD_WATCH}`, `SOAK_THREADS=${threadFiles(lab)}`];
}

export async function sampleMemory(lab: Lab): Promise<MemorySample> {
  const pid = gatewayPid(lab);
  if (pid === undefined) throw new Error('Cannot look at the memory of the gateway: it has ended');
  const client = new GatewayClient(gatewayFilesOf(lab).socket);
  const [{ flows }, { cache }] = await Promise.all([client.status(), client.dns()]);
  return {
    ...readThreads(threadFiles(lab)),
    at: Date.now(),
    dnsCache: cache.bytes,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    ...{ flows: flows.live, opened: flows.opened },
  };
}

function threadFiles(lab: Lab): string {
  return path.join(lab.directory, 'soak');
}
