/** A clock that a gateway runs by and a test moves on: libfaketime takes its offset from a file once a second (FL-36). */
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../lab/topology.ts';

/**
 * libfaketime looks at the file when more whole seconds than these have begun since it last did, so within a second;
 * at every time it is asked would make the gateway ten times as slow.
 */
const CACHE_SECONDS = 0;
const LOOKS_WITHIN_MS = 1050;
const SHARED_MEMORY = '/dev/shm';
const LIBRARIES = '/usr/lib';
const LIBRARY = 'faketime/libfaketimeMT.so.1';

export class MovableClock {
  readonly #file: string;
  #seconds = 0;

  constructor(lab: Lab) {
    this.#file = path.join(lab.directory, 'clock');
  }

  /** What to start the gateway under. Both its clocks are moved, the monotonic one and that of the wall. */
  get under(): string[] {
    this.#write();
    return [
      'env',
      `LD_PRELOAD=${findLibrary()}`,
      `FAKETIME_TIMESTAMP_FILE=${this.#file}`,
      `FAKETIME_CACHE_DURATION=${CACHE_SECONDS}`,
      // Not the commands it runs: they would share a lock with it, for as long as they live or longer.
      'FAKETIME_ONLY_CMDS=node',
    ];
  }

  /** Resolves when the gateway looks before it does anything else. */
  async moveOn(seconds: number): Promise<void> {
    this.#seconds += seconds;
    this.#write();
    await sleep(LOOKS_WITHIN_MS);
  }

  /** Removes what killed processes have left in shared memory; to be called when the gateway is gone. */
  close(): void {
    for (const name of readdirSync(SHARED_MEMORY)) {
      const pid = /faketime_\D+(\d+)$/.exec(name)?.[1];
      if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(path.join(SHARED_MEMORY, name));
    }
  }

  /** Whole or not at all, since the gateway reads it at any moment. */
  #write(): void {
    writeFileSync(`${this.#file}.new`, `+${this.#seconds}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}

/** In the folder of the machine's architecture, which Debian names `x86_64-linux-gnu` and the like. */
function findLibrary(): string {
  const files = readdirSync(LIBRARIES).map((folder) => path.join(LIBRARIES, folder, LIBRARY));
  const found = files.find((file) => existsSync(file));
  if (found === undefined) throw new Error(`Cannot move the clock: there is no ${LIBRARY} in ${LIBRARIES}/*`);
  return found;
}
