/** DNS messages byte by byte: what no client program can be made to send. */
import path from 'node:path';
import { runIn } from '../lab/command.ts';
import { type Lab, RESOLVER, ROOT } from '../lab/topology.ts';
import type { Client } from './clients.ts';

const NODE = path.join(ROOT, 'node_modules/.bin/node');
const PROGRAM = path.join(import.meta.dirname, 'send-dns.ts');

/**
 * Sends the messages (hexadecimal) at once, over TCP on one connection; what comes back, in its order: until there are as many
 * replies, or for so long.
 */
export function exchangeDns(
  lab: Lab,
  client: Client,
  transport: 'udp' | 'tcp',
  messages: readonly string[],
  patienceMs = 8000,
): string[] {
  const command = [NODE, PROGRAM, transport, RESOLVER.ipv4, String(patienceMs)];
  return JSON.parse(runIn(lab, client, command, { input: JSON.stringify(messages) }));
}

/** A question as clients ask it, RD set, without EDNS. */
export function encodeQuestion(name: string, id: number, type = 1): string {
  const words = [id, 0x0100, 1, 0, 0, 0].map((word) => word.toString(16).padStart(4, '0')).join('');
  return `${words}${encodeName(name)}${type.toString(16).padStart(4, '0')}0001`;
}

export function encodeName(name: string): string {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]).toString('hex');
}
