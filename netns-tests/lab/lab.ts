/** The lab as a whole: up, down, and what is there. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tryRunIn } from './command.ts';
import { writeGatewayFiles } from './gateway-files.ts';
import { gatewayPid, startGateway } from './gateway-process.ts';
import { removeHostFiles } from './host-files.ts';
import { namespacesExist, raiseNamespaces, removeNamespaces } from './namespaces.ts';
import { installOracle } from './oracle.ts';
import { startServices } from './services.ts';
import type { Lab } from './topology.ts';
import { waitUntil } from './wait.ts';

const LINKS_MS = 5_000;

export interface UpOptions {
  readonly gateway: boolean;
}

export interface LabStatus {
  readonly up: boolean;
  readonly directory: string;
  readonly namespaces: Lab['namespaces'];
  readonly gateway: { readonly running: boolean; readonly pid: number | null };
}

/** Raises the lab, or leaves it as it is when it stands; a half-raised lab is taken down first. */
export async function raiseLab(lab: Lab, options: UpOptions = { gateway: true }): Promise<void> {
  if (!isUp(lab)) await raiseAnew(lab);
  if (options.gateway) await startGateway(lab);
}

/** Removes everything raiseLab made; safe at any time, also when there is nothing. */
export function lowerLab(lab: Lab): void {
  removeNamespaces(lab);
  removeHostFiles(lab);
  rmSync(lab.directory, { recursive: true, force: true });
}

export function labStatus(lab: Lab): LabStatus {
  const pid = gatewayPid(lab) ?? null;
  return {
    up: isUp(lab),
    directory: lab.directory,
    namespaces: lab.namespaces,
    gateway: { running: pid !== null, pid },
  };
}

async function raiseAnew(lab: Lab): Promise<void> {
  lowerLab(lab);
  mkdirSync(lab.directory, { recursive: true, mode: 0o755 });
  raiseNamespaces(lab);
  installOracle(lab);
  writeGatewayFiles(lab);
  await startServices(lab);
  await waitUntil(
    () => linksAreUp(lab),
    LINKS_MS,
    () => 'the links of the gateway are not up',
  );
  writeFileSync(readyFile(lab), '');
}

/** The kernel looks at a link's carrier in its own time: until then a snapshot of the gateway's links would change by itself. */
function linksAreUp(lab: Lab): boolean {
  const states = tryRunIn(lab, 'gw', [
    'cat',
    '/sys/class/net/lan0/operstate',
    '/sys/class/net/wan0/operstate',
  ]);
  return states.stdout
    .trim()
    .split(/\s+/)
    .every((state) => state === 'up');
}

function isUp(lab: Lab): boolean {
  return existsSync(readyFile(lab)) && namespacesExist(lab);
}

/** Written last, so that an interrupted `up` is known for what it is. */
function readyFile(lab: Lab): string {
  return path.join(lab.directory, 'ready');
}
