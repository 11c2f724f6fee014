/** The servers of sg-net: resolver, web sites, ssh, iperf3. Each is one process with a log in the lab's directory. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeCertificates } from './certificates.ts';
import { inside, runIn, startDetached } from './command.ts';
import { prepareDns } from './dns-zone.ts';
import { sshServerCommand, writeHostFiles } from './host-files.ts';
import { type Lab, ROOT } from './topology.ts';
import { waitUntil } from './wait.ts';

interface Service {
  readonly name: string;
  readonly command: readonly string[];
  /** Listening sockets, as `ss` prints them, by which it is known to be ready. */
  readonly sockets: readonly string[];
}

const NODE = path.join(ROOT, 'node_modules/.bin/node');
const READY_WITHIN_MS = 10_000;

export async function startServices(lab: Lab): Promise<void> {
  const certificates = makeCertificates(lab);
  writeHostFiles(lab);
  const webServer = path.join(import.meta.dirname, 'web-server.ts');
  const services: Service[] = [
    { name: 'dns', command: prepareDns(lab), sockets: ['192.0.2.53:53', '[2001:db8:2::53]:53'] },
    {
      name: 'web',
      command: [NODE, webServer, certificates.certificate, certificates.key],
      sockets: ['0.0.0.0:80', '0.0.0.0:443', '[::]:80', '[::]:443'],
    },
    { name: 'ssh', command: sshServerCommand(lab), sockets: ['192.0.2.61:22', '[2001:db8:2::61]:22'] },
    { name: 'iperf3-v4', command: iperfServer('192.0.2.60'), sockets: ['192.0.2.60:5201'] },
    { name: 'iperf3-v6', command: iperfServer('2001:db8:2::60'), sockets: ['[2001:db8:2::60]:5201'] },
  ];
  for (const service of services) startService(lab, service);
  await waitForSockets(lab, services);
}

/** Ready when sg-net listens on every socket; a failure names what is missing and where to look. */
async function waitForSockets(lab: Lab, services: readonly Service[]): Promise<void> {
  let missing: string[] = [];
  const allListen = (): boolean => {
    const listening = runIn(lab, 'net', ['ss', '-Hltn']);
    missing = services
      .filter(({ sockets }) => sockets.some((socket) => !listening.includes(` ${socket} `)))
      .map(({ name }) => path.join(lab.directory, `${name}.log`));
    return missing.length === 0;
  };
  await waitUntil(
    allListen,
    READY_WITHIN_MS,
    () => `the lab's servers do not listen, see ${missing.join(', ')}`,
  );
}

function startService(lab: Lab, service: Service): void {
  const pid = startDetached(
    inside(lab, 'net', service.command),
    path.join(lab.directory, `${service.name}.log`),
  );
  writeFileSync(path.join(lab.directory, `${service.name}.pid`), `${pid}\n`);
}

function iperfServer(address: string): string[] {
  return ['iperf3', '--server', '--bind', address];
}

/** The pid a file of the lab names, or undefined when there is no such file or process. */
export function readPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8').trim());
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}
