/**
 * The resolver beside unbound and dnsmasq: queries answered a second from a warm cache of 5,000 names, and what a name
 * costs that nobody has asked for yet, beside the time its upstream takes.
 */
import path from 'node:path';
import { z } from 'zod';
import { runIn } from '../netns-tests/lab/command.ts';
import { CLIENT_ADDRESSES, GATEWAY_WAN, type Host, type Lab } from '../netns-tests/lab/topology.ts';
import { type BenchLabs, type Side, withBenchLabs } from './bench-labs.ts';
import { LOAD, runDnsperf, writeNames } from './dns/dnsperf.ts';
import {
  configureUpstream,
  DNSMASQ,
  DOMAIN,
  type Endpoint,
  SYNGATE,
  startDnsServers,
  UNBOUND,
  UPSTREAM,
} from './dns/servers.ts';
import { type BenchReport, makeReport, measureRounds, type Round } from './report.ts';

const NAMES = Array.from({ length: 5_000 }, (_, index) => `host-${index}.${DOMAIN}`);
const SECONDS = '5';
/** Answers to one socket may leave together, so it is not the same whether one asks or many. */
const SOCKETS = 50;
const MISSES = '150';
const TIME_QUERIES = path.join(import.meta.dirname, 'dns/time-queries.ts');
const TIMES = z.object({ p50: z.number().positive() });

/** A client may lease 200 names at once and 100 a second, so many of them warm the cache. */
const NAMES_A_CLIENT = 200;
const WARMERS = addresses(100, NAMES.length / NAMES_A_CLIENT);
/** For each round another one, so that its names are not held up either. */
const MISSERS = addresses(150, 50);
const CLIENT = CLIENT_ADDRESSES.alice.ipv4;

export function benchDns(rounds: number): Promise<BenchReport> {
  const prepare = (lab: Lab, side: Side): Promise<void> =>
    startDnsServers(lab, side, [...WARMERS, ...MISSERS]);
  // No NAT beside the other servers: it would have their queries tracked as connections, which syngate's are not.
  const options = { prepare, configure: configureUpstream, translates: false };
  return withBenchLabs(options, async (labs) => {
    const files = writeFiles(labs);
    warm(labs, files);
    const measured = await measureRounds(rounds, (round) => measureRound(labs, files, round));
    const command = `dnsperf ${LOAD.join(' ')} -l ${SECONDS}, ${NAMES.length} names; ${MISSES} new names one by one`;
    return makeReport('dns', command, measured);
  });
}

type NameFiles = Readonly<Record<Side, string>>;

function writeFiles(labs: BenchLabs): NameFiles {
  const write = (side: Side): string => writeNames(labs[side], 'names', NAMES);
  return { reference: write('reference'), syngate: write('syngate') };
}

function warm(labs: BenchLabs, files: NameFiles): void {
  for (const server of [UNBOUND, DNSMASQ])
    runDnsperf(labs.reference, server, CLIENT, ['-d', files.reference, '-n', '1', '-q', '20']);
  for (const [index, warmer] of WARMERS.entries()) {
    const first = index * NAMES_A_CLIENT;
    const file = writeNames(labs.syngate, 'some-names', NAMES.slice(first, first + NAMES_A_CLIENT));
    runDnsperf(labs.syngate, SYNGATE, warmer, ['-d', file, '-n', '1', '-q', '20']);
  }
}

function measureRound(labs: BenchLabs, files: NameFiles, round: number): Round {
  const measure = (side: Side, server: Endpoint, sockets = 1): number =>
    runDnsperf(labs[side], server, CLIENT, [
      ...LOAD,
      '-l',
      SECONDS,
      '-d',
      files[side],
      '-c',
      String(sockets),
    ]);
  const unbound = measure('reference', UNBOUND);
  const syngate = measure('syngate', SYNGATE);
  const dnsmasq = measure('reference', DNSMASQ);
  const many = {
    reference: measure('reference', UNBOUND, SOCKETS),
    syngate: measure('syngate', SYNGATE, SOCKETS),
  };
  // The way the resolver itself takes.
  const upstream = timeMisses(labs.syngate, 'gw', GATEWAY_WAN.ipv4, UPSTREAM, `direct-${round}`);
  const misser = MISSERS[round % MISSERS.length] ?? CLIENT;
  const miss = timeMisses(labs.syngate, 'alice', misser, SYNGATE, `miss-${round}`);
  return {
    against_unbound: { unit: 'query/s', reference: unbound, syngate },
    against_dnsmasq: { unit: 'query/s', reference: dnsmasq, syngate },
    against_unbound_50_sockets: { unit: 'query/s', ...many },
    miss_against_upstream: { unit: 's', reference: upstream, syngate: miss },
  };
}

/** The median, in seconds. */
function timeMisses(lab: Lab, host: Host, client: string, server: Endpoint, prefix: string): number {
  const where = [server.address, String(server.port), client, prefix, MISSES];
  return TIMES.parse(JSON.parse(runIn(lab, host, [process.execPath, TIME_QUERIES, ...where]))).p50;
}

function addresses(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `10.64.0.${first + index}`);
}
