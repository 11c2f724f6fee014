/** The key that spreads clients over an IPv6 egress range: persisted, so that clients keep their addresses over a restart. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const SECRET_BYTES = 32;

/** Reads the key, or draws it at the first start; a damaged file is replaced. */
export function keepEgressSecret(directory: string): Uint8Array {
  const file = path.join(directory, 'egress-secret');
  const kept = readIfThere(file);
  if (kept?.length === SECRET_BYTES) return kept;
  const drawn = randomBytes(SECRET_BYTES);
  mkdirSync(directory, { recursive: true });
  // A new file that takes the old one's place: never half written, never with the old one's permissions.
  const fresh = `${file}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, drawn, { mode: 0o600 });
  renameSync(fresh, file);
  return drawn;
}

function readIfThere(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
