/**
 * A second unbound in sg-net, beside the lab's own: its own zone for the whole name space, over plain DNS, TLS (port 853) and
 * HTTPS (port 8443), with the lab's certificate, which is for ns.example.com.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { certificatesOf } from '../lab/certificates.ts';
import { inside, runIn, startDetached } from '../lab/command.ts';
import { writeOver } from '../lab/host-files.ts';
import { readPid } from '../lab/services.ts';
import type { Lab } from '../lab/topology.ts';
import { rootZone, unboundConfiguration } from '../lab/unbound.ts';
import { waitUntil } from '../lab/wait.ts';

export const NAME_SERVER = {
  address: '192.0.2.56',
  certifiedName: 'ns.example.com',
  httpsPort: 8443,
} as const;

const READY_WITHIN_MS = 10_000;

/** Serves the records, lines of a zone file, and the zones, whole files by their names. Also after it was killed. */
export async function startNameServer(
  lab: Lab,
  records: readonly string[],
  zones: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { certificate, key } = certificatesOf(lab);
  runIn(lab, 'net', ['ip', 'address', 'replace', `${NAME_SERVER.address}/32`, 'dev', 'lo']);
  writeOver(lab, 'net', 'unbound/second.zone', rootZone(1, records));
  writeOver(lab, 'net', 'unbound/second.pem', readFileSync(certificate, 'utf8'));
  writeOver(lab, 'net', 'unbound/second.key', readFileSync(key, 'utf8'));
  for (const [zone, text] of Object.entries(zones)) writeOver(lab, 'net', `unbound/${zone}.zone`, text);
  const others = Object.keys(zones).map((zone) => [zone, `${zone}.zone`] as const);
  const configuration = unboundConfiguration(serverLines(), new Map([['.', 'second.zone'], ...others]));
  writeOver(lab, 'net', 'unbound/second.conf', configuration);
  const command = ['unbound', '-d', '-p', '-c', '/etc/unbound/second.conf'];
  const pid = startDetached(inside(lab, 'net', command), path.join(lab.directory, 'second.log'));
  writeFileSync(pidFile(lab), `${pid}\n`);
  await waitUntil(
    () => [53, 853, NAME_SERVER.httpsPort].every((port) => listensAt(lab, port)),
    READY_WITHIN_MS,
    () => `the second unbound does not listen, see ${lab.directory}/second.log`,
  );
}

/** It takes what comes, and says nothing any more. */
export function pauseNameServer(lab: Lab): void {
  const pid = readPid(pidFile(lab));
  if (pid !== undefined) process.kill(pid, 'SIGSTOP');
}

/** With no chance to say goodbye. */
export async function killNameServer(lab: Lab): Promise<void> {
  const pid = readPid(pidFile(lab));
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  await waitUntil(
    () => !listensAt(lab, 853),
    READY_WITHIN_MS,
    () => 'the second unbound still listens',
  );
}

function listensAt(lab: Lab, port: number): boolean {
  return runIn(lab, 'net', ['ss', '-Hltn']).includes(` ${NAME_SERVER.address}:${port} `);
}

function pidFile(lab: Lab): string {
  return path.join(lab.directory, 'second.pid');
}

function serverLines(): string[] {
  const { address, httpsPort } = NAME_SERVER;
  return [
    ...[53, 853, httpsPort].map((port) => `interface: ${address}@${port}`),
    'tls-service-pem: "/etc/unbound/second.pem"',
    'tls-service-key: "/etc/unbound/second.key"',
    `https-port: ${httpsPort}`,
    'access-control: 0.0.0.0/0 allow',
  ];
}
