/**
 * Keeps track of what the host was like before the gateway, across any number of set-ups with changing
 * configurations: a value is remembered once, and restored when the configuration no longer touches it.
 */
import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { HostFacts } from './host-facts.ts';
import { type HostState, readHostState, writeHostState } from './host-state.ts';
import { readSysctl, type Sysctl } from './sysctl.ts';

export interface StaleChanges {
  /** Settings to write back, in this order. */
  readonly sysctls: readonly Sysctl[];
  /** A TUN of another name that an older configuration made. */
  readonly tun: HostState['tun'];
}

/** Remembers, before anything is changed, what `planned` is about to change. */
export function rememberHost(config: Config, facts: HostFacts, planned: readonly Sysctl[]): void {
  const { name } = config.tun;
  const before = readHostState(config.runtimeDirectory);
  const known = new Set(before.sysctls.map(({ key }) => key));
  const fresh = planned
    .filter(({ key }) => !known.has(key) && !belongsTo(name, key) && existsSync(`/proc/sys/${key}`))
    .map(({ key }) => ({ key, value: readSysctl(key) }));
  const tun = before.tun ?? { name, isOurs: !facts.links.has(name) };
  writeHostState(config.runtimeDirectory, { ...before, tun, sysctls: [...before.sysctls, ...fresh] });
}

/** What is remembered, but no longer changed by the plan. */
export function findStaleChanges(config: Config, planned: readonly Sysctl[]): StaleChanges {
  const state = readHostState(config.runtimeDirectory);
  const keys = new Set(planned.map(({ key }) => key));
  return {
    sysctls: state.sysctls.filter(({ key }) => !keys.has(key) && existsSync(`/proc/sys/${key}`)).toReversed(),
    tun: state.tun?.name === config.tun.name ? null : state.tun,
  };
}

/** To be called when the stale changes have been undone. */
export function forgetStaleChanges(config: Config, facts: HostFacts, planned: readonly Sysctl[]): void {
  const { name } = config.tun;
  const state = readHostState(config.runtimeDirectory);
  const keys = new Set(planned.map(({ key }) => key));
  writeHostState(config.runtimeDirectory, {
    ...state,
    tun: state.tun?.name === name ? state.tun : { name, isOurs: !facts.links.has(name) },
    sysctls: state.sysctls.filter(({ key }) => keys.has(key)),
  });
}

/** The settings of the TUN die with it. */
function belongsTo(link: string, key: string): boolean {
  return key.split('/').includes(link);
}
