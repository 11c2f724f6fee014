/** Looks at the gateway's memory every few seconds. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { GatewayClient } from '../../src/api/client.ts';
import { gatewayFilesOf } from '../lab/gateway-files.ts';
import { gatewayPid } from '../lab/gateway-process.ts';
import type { Lab } from '../lab/topology.ts';
import type { MemorySample } from './judge-memory.ts';
import type { ThreadState } from './watch-threads.ts';

export type Status = Awaited<ReturnType<GatewayClient['status']>>;

const THREAD_WATCH = path.join(import.meta.dirname, 'watch-threads.ts');

export function readStatus(lab: Lab): Promise<Status> {
  return new GatewayClient(gatewayFilesOf(lab).socket).status();
}

/** What the gateway must be started under, for its threads to be seen; each of their heaps may have so many megabytes. */
export function watchedGateway(lab: Lab, heapMegabytes: number): readonly string[] {
  const options = `--max-old-space-size=${heapMegabytes} --import=${THREAD_WATCH}`;
  return ['env', `NODE_OPTIONS=${options}`, `SOAK_THREADS=${threadFile(lab)}`];
}

export async function sampleMemory(lab: Lab): Promise<MemorySample> {
  const pid = gatewayPid(lab);
  if (pid === undefined) throw new Error('Cannot look at the memory of the gateway: it has ended');
  const client = new GatewayClient(gatewayFilesOf(lab).socket);
  const [{ flows, memory }, { cache }] = await Promise.all([client.status(), client.dns()]);
  const [, kibibytes = ''] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const { threadHeaps, handles }: ThreadState = JSON.parse(readFileSync(threadFile(lab), 'utf8'));
  return {
    at: Date.now(),
    rss: Number(kibibytes) * 1024,
    ...{ heapUsed: memory.heapUsed, dnsCache: cache.bytes, external: memory.external, threadHeaps, handles },
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    ...{ flows: flows.live, opened: flows.opened },
  };
}

function threadFile(lab: Lab): string {
  return path.join(lab.directory, 'soak-threads.json');
}
