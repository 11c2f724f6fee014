/** Sends packets from a client's cable, and reports what reaches a site of the internet. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { inside, labEnvironment, run, runIn } from '../lab/command.ts';
import { ipv4Of, ipv6Of, siteNamed } from '../lab/sites.ts';
import type { Lab } from '../lab/topology.ts';
import { waitUntil } from '../lab/wait.ts';
import type { Client, Family } from './clients.ts';

const SENDER = path.join(import.meta.dirname, 'send-frames.py');
const WITHIN_MS = 5_000;

/** Where a checksum is to be written that is left to who takes the packet: `offset` bytes behind byte `start` of the packet. */
export interface PartialChecksum {
  readonly start: number;
  readonly offset: number;
}

/** Sends packets, as they are, from a client to the gateway's MAC address as IPv4 or IPv6. */
export function sendPackets(
  lab: Lab,
  client: Client,
  family: Family,
  packets: readonly Buffer[],
  partial?: PartialChecksum,
): void {
  const link = linkHeader(lab, client, family);
  const frames = packets.map((packet) => Buffer.concat([link, packet]).toString('hex'));
  const numbers = partial === undefined ? [] : [link.length + partial.start, partial.offset].map(String);
  runIn(lab, client, ['python3', SENDER, 'eth0', ...numbers], { input: `${frames.join('\n')}\n` });
}

export interface Capture {
  /** A name of the site. */
  readonly site: string;
  /** The capture ends with the first line that has this text: send that packet last, and all others came before it. */
  readonly last: string;
  act(): void | Promise<void>;
}

/** What tcpdump prints of the packets to or from a site's addresses that the gateway sends while `act` runs. */
export async function captureAtSite(lab: Lab, { site: name, last, act }: Capture): Promise<string[]> {
  const site = siteNamed(name);
  const filter = `(ip or ip6) and (host ${ipv4Of(site)} or host ${ipv6Of(site)})`;
  const command = ['tcpdump', '-Z', 'root', '-nnvvtl', '--immediate-mode', '-i', 'eth0', '-Q', 'in', filter];
  const [file = '', ...rest] = inside(lab, 'net', command);
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: labEnvironment() });
  let output = '';
  let messages = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    messages += chunk.toString();
  });
  try {
    await waitUntil(
      () => messages.includes('listening on'),
      WITHIN_MS,
      () => `tcpdump does not listen: ${messages}`,
    );
    await act();
    await waitUntil(
      () => output.includes(last),
      WITHIN_MS,
      () => `'${last}' did not arrive, but '${output}'`,
    );
  } finally {
    child.kill('SIGINT');
    await once(child, 'close');
  }
  // A packet is one line, and lines of detail that are indented.
  return output.replaceAll(/\n\s+/g, ' ').split('\n').filter(Boolean);
}

/** The Ethernet header of a packet from a host to the gateway. */
export function linkHeader(lab: Lab, host: Client | 'net', family: Family): Buffer {
  const etherType = Buffer.from(family === 6 ? [0x86, 0xdd] : [0x08, 0x00]);
  const gateway = macOf(lab.namespaces.gw, host === 'net' ? 'wan0' : 'lan0');
  return Buffer.concat([gateway, macOf(lab.namespaces[host], 'eth0'), etherType]);
}

function macOf(namespace: string, device: string): Buffer {
  const line = run(['ip', '-n', namespace, '-o', 'link', 'show', device]);
  const mac = /link\/ether ([0-9a-f:]{17})/.exec(line)?.[1];
  if (mac === undefined) throw new Error(`Cannot find the MAC address of ${device} in ${namespace}: ${line}`);
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}
