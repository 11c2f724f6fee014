/**
 * New TCP connections a second through the full policy, each of one byte there and back, closed by the server; and how
 * long connect takes at half of syngate's rate, on both sides at that same rate.
 */
import { z } from 'zod';
import { runIn } from '../netns-tests/lab/command.ts';
import type { Host, Lab } from '../netns-tests/lab/topology.ts';
import { type BenchLabs, dialledAddress, SERVER_ADDRESS, type Side, withBenchLabs } from './bench-labs.ts';
import { compileTraffic, programOf, startServers } from './bench-servers.ts';
import { type CpuTime, costOf, meterCpu } from './cpu-time.ts';
import { type BenchReport, makeReport, measureRounds, type Round } from './report.ts';

const PROGRAM = 'short-connections';
const SECONDS = '4';
/** Many server ports, so that no two connections of a run are one 5-tuple, whatever port the client takes. */
const FIRST_PORT = 7000;
const PORTS = 64;
const SYSCTLS: ReadonlyArray<readonly [Host, string]> = [
  // No more source ports than one egress address has for one client, whichever side gives them out.
  ['alice', 'net.ipv4.ip_local_port_range=10240 26623'],
  // The server closes first, as web servers do; its memory is not what is measured.
  ['net', 'net.ipv4.tcp_max_tw_buckets=16384'],
];
/** The kernel's table has 262,144 places on a common machine, and ends of connections take one for two minutes each. */
const REFERENCE_SYSCTL = 'net.netfilter.nf_conntrack_tcp_timeout_time_wait=15';
/** One client stands for many, so it may have what they have together; each limit is held all the same. */
const LIMITS = `limits:
  flows: 2000000
  client: { flows: 2000000, ports: 60000, flow_rate: 1000000, flow_burst: 1000000 }
`;
const MOST_FAILURES = 0.01;

const RESULT = z.object({
  opened: z.number().positive(),
  failed: z.number(),
  seconds: z.number().positive(),
  p50: z.number(),
  p99: z.number(),
});
type Result = z.output<typeof RESULT>;

export function benchCps(rounds: number): Promise<BenchReport> {
  return withBenchLabs({ prepare: startServer, configure: (text) => text + LIMITS }, async (labs) => {
    const measured = await measureRounds(rounds, () => measureRound(labs));
    const command = `${PROGRAM} open ADDRESS ${FIRST_PORT} ${PORTS} ${SECONDS} RATE`;
    return makeReport('cps', `${command}: 64 at a time, then at half of syngate's rate`, measured);
  });
}

async function startServer(lab: Lab, side: Side): Promise<void> {
  for (const [host, setting] of SYSCTLS) runIn(lab, host, ['sysctl', '-qw', setting]);
  // Connection tracking, and its settings, are there once a rule asks for it; the reference's rules come after this.
  if (side === 'reference') runIn(lab, 'gw', ['sysctl', '-qw', REFERENCE_SYSCTL]);
  await startServers(lab, [
    {
      name: PROGRAM,
      host: 'net',
      command: [compileTraffic(lab, PROGRAM), 'serve', SERVER_ADDRESS, String(FIRST_PORT), String(PORTS)],
      protocol: 'tcp',
      socket: `${SERVER_ADDRESS}:${FIRST_PORT + PORTS - 1}`,
    },
  ]);
}

function measureRound(labs: BenchLabs): Round {
  const [reference, syngate] = measureSides(labs, 0);
  const half = rateOf(syngate.result) / 2;
  const [calmReference, calmSyngate] = measureSides(labs, half);
  const at = (percentile: 'p50' | 'p99') =>
    ({
      unit: 's',
      reference: calmReference.result[percentile],
      syngate: calmSyngate.result[percentile],
    }) as const;
  return {
    connections: {
      unit: 'connection/s',
      reference: rateOf(reference.result),
      syngate: rateOf(syngate.result),
      cost: costOf('thousand connections', reference, syngate),
    },
    connect_p50: at('p50'),
    connect_p99: at('p99'),
  };
}

interface Opened {
  readonly result: Result;
  readonly spent: CpuTime;
  /** Thousands of connections. */
  readonly units: number;
}

function measureSides(labs: BenchLabs, rate: number): [reference: Opened, syngate: Opened] {
  return [openConnections(labs, 'reference', rate), openConnections(labs, 'syngate', rate)];
}

/** Connections at a rate a second; 0 for as fast as they go. */
function openConnections(labs: BenchLabs, side: Side, rate: number): Opened {
  const lab = labs[side];
  const where = [dialledAddress(labs, side), String(FIRST_PORT), String(PORTS)];
  const command = [programOf(lab, PROGRAM), 'open', ...where, SECONDS, String(rate)];
  const { result: output, spent } = meterCpu(lab, () => runIn(lab, 'alice', command));
  const result = RESULT.parse(JSON.parse(output));
  if (result.failed > result.opened * MOST_FAILURES)
    throw new Error(`Cannot trust the figures: of the connections through ${side} ${output.trim()}`);
  return { result, spent, units: result.opened / 1000 };
}

function rateOf({ opened, seconds }: Result): number {
  return opened / seconds;
}
