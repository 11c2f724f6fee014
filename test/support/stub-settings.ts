/** Settings for a worker without devices; what it does is told by its `tunName` (see stub-worker.ts). */
import type { HostSettings } from '../../src/gateway/worker/datapath-host.ts';
import { NO_HANDOVER } from '../../src/gateway/worker/handover.ts';
import { EVERY_PORT } from '../../src/wire/port-share.ts';
import { DESTINATIONS, EGRESS_SETTINGS, SECRET } from './datapath-fixture.ts';

export const STUB_WORKER = new URL('./stub-worker.ts', import.meta.url);

export function stubSettings(plan: string): HostSettings {
  return {
    share: EVERY_PORT,
    handover: NO_HANDOVER,
    tunName: plan,
    clientMtu: 1500,
    hostAddresses: [],
    router4: undefined,
    router6: undefined,
    uplinks: [],
    egress: EGRESS_SETTINGS,
    natPorts: [],
    destinations: DESTINATIONS,
    taken: [],
    secret: SECRET,
    flowCapacity: 1,
    clientLimits: { flows: 1, ports: 1, flowRate: 1, flowBurst: 1 },
    counters: new SharedArrayBuffer(8),
    health: new SharedArrayBuffer(8),
    leaseUse: new SharedArrayBuffer(8),
    natUse: new SharedArrayBuffer(8),
    flowLog: undefined,
  };
}
