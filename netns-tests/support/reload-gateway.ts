/** A gateway that reads its configuration and policy again (SIGHUP). */
import { readFileSync } from 'node:fs';
import { gatewayLogFile, gatewayPid } from '../lab/gateway-process.ts';
import type { Lab } from '../lab/topology.ts';
import { waitUntil } from '../lab/wait.ts';

const RELOADED_WITHIN_MS = 10_000;

/** Resolves when the policy that is on disk now is in force. */
export async function reloadGateway(lab: Lab): Promise<void> {
  const before = countReloads(lab);
  hangUp(lab);
  await waitUntil(
    () => countReloads(lab) > before,
    RELOADED_WITHIN_MS,
    () =>
      `the policy was not reloaded: ${readFileSync(gatewayLogFile(lab), 'utf8').trimEnd().split('\n').at(-1)}`,
  );
}

/** Tells it to, and waits for nothing. */
export function hangUp(lab: Lab): void {
  const pid = gatewayPid(lab);
  if (pid === undefined) throw new Error('Cannot reload: the gateway does not run');
  process.kill(pid, 'SIGHUP');
}

/** How often the policy has been reloaded since the gateway's log was begun. */
export function countReloads(lab: Lab): number {
  return readFileSync(gatewayLogFile(lab), 'utf8').split('policy reloaded').length - 1;
}
