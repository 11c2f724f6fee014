/** One gateway per runtime directory (FL-45): a lock that the kernel releases when the process ends, however it ends. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { GatewayError } from '../../report/errors.ts';

export interface RuntimeLock {
  release(): void;
}

const TAKEN = 75;

/** Throws GatewayError EBUSY when another process holds the lock. */
export function lockRuntimeDirectory(directory: string): RuntimeLock {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const file = path.join(directory, 'lock');
  const descriptor = openSync(file, 'a', 0o600);
  // flock(1) locks the open file it inherits, which is ours as well: the lock stays when it ends.
  const options = ['--nonblock', '--conflict-exit-code', String(TAKEN), '3'];
  const { status, error, stderr } = spawnSync('flock', options, {
    stdio: ['ignore', 'ignore', 'pipe', descriptor],
    encoding: 'utf8',
  });
  if (status === 0) return { release: () => closeSync(descriptor) };
  closeSync(descriptor);
  if (status === TAKEN)
    throw new GatewayError('EBUSY', `Cannot lock ${file}: another gateway is running there`);
  const detail = error?.message ?? stderr.trim();
  throw new GatewayError('EHOST', `Cannot lock ${file}: ${detail}`, { cause: error });
}
