/** Clients that ask for more names than a person would. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { inside, labEnvironment } from '../lab/command.ts';
import { type Lab, RESOLVER, ROOT } from '../lab/topology.ts';
import type { Answers, Questions } from './ask-names.ts';
import type { Client } from './clients.ts';

const NODE = path.join(ROOT, 'node_modules/.bin/node');
const PROGRAM = path.join(import.meta.dirname, 'ask-names.ts');

/** Runs beside the test, in the client's namespace. */
export async function askNames(
  lab: Lab,
  client: Client,
  questions: Omit<Questions, 'server'>,
): Promise<Answers> {
  const [file = '', ...rest] = inside(lab, client, [NODE, PROGRAM]);
  const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'], env: labEnvironment() });
  child.stdin.end(JSON.stringify({ server: RESOLVER.ipv4, ...questions }));
  return JSON.parse(await text(child.stdout));
}

/** `x0.many.example.com`, …: the lab's zone has all of them. */
export function manyNames(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}.many.example.com`);
}

/** The name under which an IPv4 address is asked for its name (RFC 1035 section 3.5). */
export function reverseName(address: string): string {
  return `${address.split('.').toReversed().join('.')}.in-addr.arpa`;
}
