/** Makes the record of the gateway's status. */
import type { EgressInventory } from '../../egress/egress-inventory.ts';
import { Rcode } from '../../wire/dns/codes.ts';
import type { Config } from '../config/config.ts';
import type { GatewayStatus } from '../control/gateway-status.ts';
import type { CounterSum } from '../datapath/reports/counters.ts';
import type { DnsCounters } from '../dns-front/add-front-counters.ts';
import type { EgressProber } from '../egress/egress-prober.ts';
import type { FlowLog } from '../flows/flow-log.ts';
import { readGuardCounters } from '../host/read-guard-counters.ts';
import type { LeaseIssuer } from '../names/lease-issuer.ts';
import type { GatewayPolicy } from '../policy/load-gateway-policy.ts';
import { VERSION } from '../version.ts';

/** The parts of a running gateway that are needed. */
export interface StatusParts {
  readonly config: Config;
  readonly startedAt: Date;
  readonly policy: GatewayPolicy;
  readonly policyLoadedAt: Date;
  readonly counters: CounterSum;
  readonly dnsCounters: DnsCounters;
  readonly leaseIssuer: LeaseIssuer;
  readonly inventory: EgressInventory;
  readonly health: EgressProber;
  readonly flowLog: FlowLog | undefined;
}

export async function describeStatus(gateway: StatusParts): Promise<GatewayStatus> {
  const { counters, config, policy, dnsCounters: answers, startedAt } = gateway;
  const guard = await readGuardCounters();
  const { usable, live, resting } = gateway.leaseIssuer.pool.capacity;
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    version: VERSION,
    pid: process.pid,
    startedAt: startedAt.toISOString(),
    uptimeMs: Date.now() - startedAt.getTime(),
    configFile: config.file,
    policy: {
      file: policy.file ?? null,
      rules: policy.rules.length,
      loadedAt: gateway.policyLoadedAt.toISOString(),
    },
    ...describeTraffic(gateway),
    leases: { used: live, quarantined: resting, capacity: usable, isKept: gateway.leaseIssuer.isKept },
    memory: { rss, heapUsed, external },
    resolver: {
      queries: answers.queriesUdp + answers.queriesTcp,
      synthesized: answers.synthesized,
      failed: answers.byRcode[Rcode.SERVFAIL] ?? 0,
    },
    egress: countHealth(gateway),
    flowLog: describeFlowLog(gateway),
    drops: counters.drops(),
    violations: guard.refusedSource + guard.refusedDestination,
  };
}

function describeTraffic({
  counters,
  config,
}: StatusParts): Pick<GatewayStatus, 'traffic' | 'flows' | 'workers'> {
  return {
    traffic: {
      packetsOut: counters.read('packetsOut'),
      bytesOut: counters.read('bytesOut'),
      packetsIn: counters.read('packetsIn'),
      bytesIn: counters.read('bytesIn'),
    },
    flows: {
      live: counters.read('flowsLive'),
      opened: counters.read('flowsOpened'),
      capacity: config.limits.flows,
    },
    workers: counters.workers.map((worker) => ({
      flows: worker.read('flowsLive'),
      packetsOut: worker.read('packetsOut'),
      packetsIn: worker.read('packetsIn'),
    })),
  };
}

function describeFlowLog({ flowLog, counters }: StatusParts): GatewayStatus['flowLog'] {
  if (flowLog === undefined) return null;
  return { path: flowLog.path, lines: flowLog.written, lost: flowLog.lost + counters.read('flowEventsLost') };
}

function countHealth({ inventory, health }: StatusParts): GatewayStatus['egress'] {
  const states = inventory.addresses.map(({ index }) => health.describe(index).state);
  const count = (wanted: (typeof states)[number]) => states.filter((state) => state === wanted).length;
  return { up: count('up'), down: count('down'), unproven: count('unproven'), resting: count('resting') };
}
