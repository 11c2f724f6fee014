import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { TemporaryFolder } from '../support/temporary-folder.ts';

const folder = new TemporaryFolder();
const root = path.join(import.meta.dirname, '../..');
/** Logs five lines, says so after each, and ends by itself or at once. */
const PROGRAM = `
import pino from 'pino';
import { openLogDestination } from '${root}/src/report/log-destination.ts';
const log = pino(openLogDestination({ dest: 2, maxLength: 65536 }));
for (let line = 1; line <= 5; line++) {
  log.info({ line });
  await new Promise((resolve) => setTimeout(resolve, 20));
  console.log(line);
}
if (process.env.ENDS === 'at once') process.exit(0);
`;

async function runWith(stderr: string, ends: string) {
  const descriptor = openSync(stderr, 'a');
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    cwd: root,
    stdio: ['ignore', 'pipe', descriptor],
    env: { ...process.env, ENDS: ends },
    timeout: 10_000,
    killSignal: 'SIGKILL',
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [status] = await once(child, 'close');
  closeSync(descriptor);
  return { status, lines: output.trim().split('\n').length };
}

describe.each(['by itself', 'at once'])('openLogDestination, in a process that ends %s,', (ends) => {
  test('neither stops nor keeps it when the disk is full (FL-31)', async () => {
    expect(await runWith('/dev/full', ends)).toEqual({ status: 0, lines: 5 });
  });

  test('loses nothing otherwise', async () => {
    const file = path.join(folder.path, `${ends}.log`);
    expect(await runWith(file, ends)).toEqual({ status: 0, lines: 5 });
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(5);
  });
});
