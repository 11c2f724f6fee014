/**
 * What the host was like before the gateway changed it: <runtime_directory>/host-state.json, written before each
 * change, so that a half-done change can be undone. State from an earlier boot is meaningless and ignored.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { GatewayError } from '../../report/errors.ts';

const hostState = z.object({
  bootId: z.string(),
  /** The TUN and whether it is ours to remove. */
  tun: z.object({ name: z.string(), isOurs: z.boolean() }).nullable(),
  /** Former values by path below /proc/sys, in the order of the changes. */
  sysctls: z.array(z.object({ key: z.string(), value: z.string() })),
});

export type HostState = z.output<typeof hostState>;

/** The state of this boot, or an untouched one. */
export function readHostState(runtimeDirectory: string): HostState {
  const untouched: HostState = { bootId: readBootId(), tun: null, sysctls: [] };
  const file = stateFile(runtimeDirectory);
  try {
    const state = hostState.parse(JSON.parse(readFileSync(file, 'utf8')));
    return state.bootId === untouched.bootId ? state : untouched;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return untouched;
    const detail = error instanceof Error ? error.message : String(error);
    throw new GatewayError('EHOST', `Cannot read ${file}, which holds the former host settings: ${detail}`, {
      cause: error,
    });
  }
}

/** Whole or not at all: a crash leaves the former file. */
export function writeHostState(runtimeDirectory: string, state: HostState): void {
  mkdirSync(runtimeDirectory, { recursive: true, mode: 0o755 });
  const file = stateFile(runtimeDirectory);
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}

export function removeHostState(runtimeDirectory: string): void {
  rmSync(stateFile(runtimeDirectory), { force: true });
}

function stateFile(runtimeDirectory: string): string {
  return path.join(runtimeDirectory, 'host-state.json');
}

/** Tells this boot of the machine from all others. */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
