/** The time of a round trip while nothing else is going on, over UDP and TCP: sockperf's ping-pong, one message under way. */
import { runIn } from '../netns-tests/lab/command.ts';
import type { Lab } from '../netns-tests/lab/topology.ts';
import {
  type BenchLabs,
  dialledAddress,
  SERVER_ADDRESS,
  SIDES,
  type Side,
  withBenchLabs,
} from './bench-labs.ts';
import { type BenchServer, startServers } from './bench-servers.ts';
import { type BenchReport, type Measurement, makeReport, measureRounds, type Round } from './report.ts';

const PORTS = { udp: 11111, tcp: 11112 } as const;
type Protocol = keyof typeof PORTS;
const PERCENTILES = { p50: '50.000', p99: '99.000' } as const;
const PING_PONG = ['sockperf', 'ping-pong', '--full-rtt', '--time', '3', '--msg-size', '64'];
const MICROSECOND = 1e-6;

export function benchLatency(rounds: number): Promise<BenchReport> {
  return withBenchLabs({ prepare: startSockperf }, async (labs) => {
    const measured = await measureRounds(rounds, () => measureRound(labs));
    return makeReport('latency', `${PING_PONG.join(' ')} [--tcp]`, measured);
  });
}

function startSockperf(lab: Lab): Promise<void> {
  const server = (protocol: Protocol): BenchServer => ({
    name: `sockperf-${protocol}`,
    host: 'net',
    command: [
      'sockperf',
      'server',
      ...optionsOf(protocol),
      '-i',
      SERVER_ADDRESS,
      '-p',
      String(PORTS[protocol]),
    ],
    protocol,
    socket: `${SERVER_ADDRESS}:${PORTS[protocol]}`,
  });
  return startServers(lab, [server('udp'), server('tcp')]);
}

function measureRound(labs: BenchLabs): Round {
  return { ...measureProtocol(labs, 'udp'), ...measureProtocol(labs, 'tcp') };
}

/** `udp_p50` and so on, in seconds for a round trip. */
function measureProtocol(labs: BenchLabs, protocol: Protocol): Record<string, Measurement> {
  const [reference, syngate] = SIDES.map((side) => playPingPong(labs, side, protocol));
  if (reference === undefined || syngate === undefined) return {};
  const figures = Object.entries(PERCENTILES).map(([name, percent]) => [
    `${protocol}_${name}`,
    { unit: 's', reference: readPercentile(reference, percent), syngate: readPercentile(syngate, percent) },
  ]);
  return Object.fromEntries(figures);
}

function playPingPong(labs: BenchLabs, side: Side, protocol: Protocol): string {
  const server = ['-i', dialledAddress(labs, side), '-p', String(PORTS[protocol])];
  return runIn(labs[side], 'alice', [...PING_PONG, ...optionsOf(protocol), ...server]);
}

function optionsOf(protocol: Protocol): string[] {
  return protocol === 'tcp' ? ['--tcp'] : [];
}

function readPercentile(output: string, percent: string): number {
  const found = new RegExp(`percentile ${percent.replace('.', '\\.')} = +([\\d.]+)`).exec(output);
  if (found === null) throw new Error(`Cannot read sockperf's percentile ${percent} from: ${output.trim()}`);
  return Number(found[1]) * MICROSECOND;
}
