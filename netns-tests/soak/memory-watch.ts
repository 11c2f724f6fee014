/** Looks at the gateway's memory every few seconds. */
import { readdirSync, readFileSync } from 'node:fs';
import { GatewayClient } from '../../src/api/client.ts';
import { gatewayFilesOf } from '../lab/gateway-files.ts';
import { gatewayPid } from '../lab/gateway-process.ts';
import type { Lab } from '../lab/topology.ts';
import type { MemorySample } from './judge-memory.ts';

export type Status = Awaited<ReturnType<GatewayClient['status']>>;

export function readStatus(lab: Lab): Promise<Status> {
  return new GatewayClient(gatewayFilesOf(lab).socket).status();
}

export async function sampleMemory(lab: Lab): Promise<MemorySample> {
  const pid = gatewayPid(lab);
  if (pid === undefined) throw new Error('Cannot look at the memory of the gateway: it has ended');
  const { flows, memory } = await readStatus(lab);
  const [, kibibytes = ''] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return {
    at: Date.now(),
    rss: Number(kibibytes) * 1024,
    heapUsed: memory.heapUsed,
    external: memory.external,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    flows: flows.live,
  };
}
