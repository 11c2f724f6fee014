/** What people run on alice's and bob's machines, and what the lab's web sites answer them. */
import { z } from 'zod';
import { type CommandResult, runIn, tryRunIn } from '../lab/command.ts';
import type { Lab } from '../lab/topology.ts';
import type { Whoami } from '../lab/web-server.ts';

export type Client = 'alice' | 'bob';
export type Family = 4 | 6;

const SECONDS_AT_MOST = 10;

export const whoamiShape = z.object({
  address: z.string(),
  port: z.number(),
  protocol: z.enum(['http', 'https']),
  httpVersion: z.string(),
  host: z.string(),
});

/** curl, which may fail; quiet but for errors. */
export function curl(lab: Lab, client: Client, args: readonly string[]): CommandResult {
  return tryRunIn(lab, client, ['curl', '-sS', '--max-time', String(SECONDS_AT_MOST), ...args]);
}

/** The source address and port that a site saw, as its /whoami says. */
export function whoami(lab: Lab, client: Client, host: string, family: Family = 4, scheme = 'https'): Whoami {
  const result = curl(lab, client, [`-${family}`, `${scheme}://${host}/whoami`]);
  if (result.status !== 0) throw new Error(`Cannot ask ${host} over IPv${family}: ${result.stderr.trim()}`);
  return whoamiShape.parse(JSON.parse(result.stdout));
}

/** Like `whoami` over IPv4, but undefined when no answer comes within the time; for polling. */
export function tryWhoami(lab: Lab, client: Client, host: string, seconds: number): Whoami | undefined {
  const result = curl(lab, client, ['-4', '--max-time', String(seconds), `https://${host}/whoami`]);
  return result.status === 0 ? whoamiShape.parse(JSON.parse(result.stdout)) : undefined;
}

/** The status and body of a page. */
export function page(
  lab: Lab,
  client: Client,
  url: string,
  family: Family = 4,
): { status: number; body: string } {
  const { stdout, stderr, status } = curl(lab, client, [`-${family}`, '-w', '%{http_code}', url]);
  if (status !== 0) throw new Error(`Cannot get ${url} over IPv${family}: ${stderr.trim()}`);
  return { status: Number(stdout.slice(-3)), body: stdout.slice(0, -3).trim() };
}

/** The data of the answer section, one line a record. */
export function dig(lab: Lab, client: Client, name: string, type: string, ...options: string[]): string[] {
  const output = runIn(lab, client, ['dig', '+short', '+tries=2', '+time=3', ...options, name, type]);
  return output.split('\n').filter(Boolean);
}

/** Everything dig prints. */
export function digFull(lab: Lab, client: Client, name: string, type: string, ...options: string[]): string {
  return runIn(lab, client, ['dig', '+tries=2', '+time=3', ...options, name, type]);
}

/** The one synthetic address that stands for a name. */
export function lease(lab: Lab, client: Client, name: string, family: Family = 4): string {
  const [address, ...more] = dig(lab, client, name, family === 4 ? 'A' : 'AAAA');
  if (address === undefined || more.length > 0)
    throw new Error(`Cannot lease ${name}: ${[address, ...more]}`);
  return address;
}
