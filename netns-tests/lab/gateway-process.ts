/** Starts, stops, kills and watches the gateway process of a lab: `scripts/syngate run` inside sg-gw. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { inside, startDetached } from './command.ts';
import { gatewayFilesOf } from './gateway-files.ts';
import { readPid } from './services.ts';
import { type Lab, ROOT } from './topology.ts';
import { waitUntil } from './wait.ts';

export const SYNGATE = path.join(ROOT, 'scripts/syngate');

const READY_WITHIN_MS = 20_000;
const STOPPED_WITHIN_MS = 15_000;
const ANSWER_WITHIN_MS = 1_000;
const LOG_LINES_IN_ERROR = 15;

/**
 * Starts the gateway and resolves when its API answers; a gateway that runs already is left alone. `under` is a command that
 * runs the rest of its line, such as `env NAME=value`.
 */
export async function startGateway(lab: Lab, under: readonly string[] = []): Promise<number> {
  const running = gatewayPid(lab);
  if (running !== undefined) return running;
  const files = gatewayFilesOf(lab);
  rmSync(files.socket, { force: true });
  const command = [...under, SYNGATE, 'run', '-c', files.config];
  const pid = startDetached(inside(lab, 'gw', command), gatewayLogFile(lab));
  writeFileSync(pidFile(lab), `${pid}\n`);
  await waitUntil(
    () => isUpOrDead(lab),
    READY_WITHIN_MS,
    () => `the gateway's API does not answer\n${logTail(lab)}`,
  );
  if (gatewayPid(lab) === undefined)
    throw new Error(`Cannot start the gateway: it ended at once\n${logTail(lab)}`);
  return pid;
}

/** Ends the gateway the way a service manager does; resolves when the process is gone. */
export async function stopGateway(lab: Lab): Promise<void> {
  await endGateway(lab, 'SIGTERM');
}

/** Ends the gateway with no chance to clean up. */
export async function killGateway(lab: Lab): Promise<void> {
  await endGateway(lab, 'SIGKILL');
}

/** The pid of the running gateway. */
export function gatewayPid(lab: Lab): number | undefined {
  const pid = readPid(pidFile(lab));
  return pid === undefined || isZombie(pid) ? undefined : pid;
}

export function gatewayLogFile(lab: Lab): string {
  return path.join(lab.directory, 'gateway.log');
}

async function endGateway(lab: Lab, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const pid = gatewayPid(lab);
  if (pid !== undefined) {
    process.kill(pid, signal);
    const gone = (): boolean => gatewayPid(lab) === undefined;
    await waitUntil(gone, STOPPED_WITHIN_MS, () => `the gateway, pid ${pid}, still runs after ${signal}`);
  }
  rmSync(pidFile(lab), { force: true });
}

async function isUpOrDead(lab: Lab): Promise<boolean> {
  return gatewayPid(lab) === undefined || (await apiAnswers(gatewayFilesOf(lab).socket));
}

function apiAnswers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ socketPath, path: '/', timeout: ANSWER_WITHIN_MS }, (response) => {
      response.resume();
      resolve(true);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

/** Our own child that ended stays a zombie until Node reaps it. */
function isZombie(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.startsWith('Z') ?? true;
  } catch {
    return true;
  }
}

function pidFile(lab: Lab): string {
  return path.join(lab.directory, 'gateway.pid');
}

function logTail(lab: Lab): string {
  try {
    return readFileSync(gatewayLogFile(lab), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-LOG_LINES_IN_ERROR)
      .join('\n');
  } catch {
    return `no log at ${gatewayLogFile(lab)}`;
  }
}
