/** One TCP stream from a client to a server, each way: bits per second through the kernel's NAT and through syngate. */
import { z } from 'zod';
import { runIn } from '../netns-tests/lab/command.ts';
import { siteNamed } from '../netns-tests/lab/sites.ts';
import type { Lab } from '../netns-tests/lab/topology.ts';
import type { BenchLabs } from './bench-labs.ts';
import { referenceAddress } from './kernel-nat.ts';
import { type BenchReport, type Measurement, makeReport } from './report.ts';

const SERVER = 'speed.example.com';
const SECONDS = 4;
/** The first second is slow start; it does not count. */
const IPERF = ['iperf3', '--json', '--omit', '1', '--time', String(SECONDS)];
const IPERF_REPORT = z.object({
  end: z.object({ sum_received: z.object({ bits_per_second: z.number().positive() }) }),
});
const DIRECTIONS = { up: [], down: ['--reverse'] } as const;

/** `rounds` times up and down, reference and syngate in turn, IPv4, MTU 1500, offloads as veth has them. */
export function benchTcp(labs: BenchLabs, rounds: number): BenchReport {
  const measured = Array.from({ length: rounds }, () => measureRound(labs));
  return makeReport('tcp', `${IPERF.join(' ')} --client ${SERVER} [--reverse]`, measured);
}

function measureRound(labs: BenchLabs): Record<string, Measurement> {
  const reference = referenceAddress(siteNamed(SERVER)).ipv4;
  const figures = Object.entries(DIRECTIONS).map(([name, options]) => [
    name,
    {
      reference: measureStream(labs.reference, reference, options),
      syngate: measureStream(labs.syngate, SERVER, options),
    },
  ]);
  return Object.fromEntries(figures);
}

/** What the receiver got, in bits per second. */
function measureStream(lab: Lab, server: string, options: readonly string[]): number {
  const output = runIn(lab, 'alice', [...IPERF, '-4', '--client', server, ...options]);
  return IPERF_REPORT.parse(JSON.parse(output)).end.sum_received.bits_per_second;
}
