/**
 * Restores the host as it was before `setUpHost`. Forwarding goes first and the guard last, so that nothing leaks
 * meanwhile. Idempotent, and harmless when there is nothing to undo.
 */
import { existsSync } from 'node:fs';
import { GatewayError } from '../../report/errors.ts';
import type { Config } from '../config/config.ts';
import { readHostState, removeHostState } from './host-state.ts';
import { ipRules } from './ip-json.ts';
import { planGuardRemoval } from './plan-guard.ts';
import { planRoutingRemoval, ROUTE_TABLE } from './plan-routing.ts';
import { removeTun } from './remove-tun.ts';
import { runCommand, runCommands, runIpJson } from './run-command.ts';
import { readSysctl, writeSysctls } from './sysctl.ts';

/** Throws GatewayError EHOST when a step fails; the steps before it are done and the guard still stands. */
export async function tearDownHost(config: Pick<Config, 'runtimeDirectory'>): Promise<void> {
  const state = readHostState(config.runtimeDirectory);
  const there = state.sysctls.filter(({ key }) => existsSync(`/proc/sys/${key}`));
  writeSysctls(there.toReversed());
  await removeSteering();
  await removeTun(state.tun);
  await runCommand(['nft', '-f', '-'], { input: `${planGuardRemoval()}\n` });
  removeHostState(config.runtimeDirectory);
}

async function removeSteering(): Promise<void> {
  const families = readSysctl('net/ipv6/conf/all/forwarding') === '' ? ([4] as const) : ([4, 6] as const);
  for (const family of families) {
    const rules = ipRules.parse(await runIpJson(`-${family}`, 'rule', 'show'));
    await runCommands(planRoutingRemoval(family, rules, await hasRouteTable(family)));
  }
}

/** The kernel makes a table with its first route, and `ip` calls it an error to look at one that is not there. */
async function hasRouteTable(family: 4 | 6): Promise<boolean> {
  try {
    await runIpJson(`-${family}`, 'route', 'show', 'table', String(ROUTE_TABLE));
    return true;
  } catch (error) {
    if (error instanceof GatewayError && error.message.includes('FIB table does not exist')) return false;
    throw error;
  }
}
