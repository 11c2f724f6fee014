/** The demo as a newcomer runs it (issue 2, Done when 1). */
import path from 'node:path';
import { expect, test } from 'vitest';
import { tryRun } from './lab/command.ts';
import { namespacesExist } from './lab/namespaces.ts';
import { labOf, ROOT } from './lab/topology.ts';
import { networkState } from './support/machine-state.ts';

const DEMO_WITHIN_MS = 60_000;

test('scripts/demo ends with status 0 within a minute and leaves the machine as it was', {
  timeout: 120_000,
}, () => {
  const machine = networkState();
  process.env.LAB_SUFFIX ??= `demo-${process.pid}`;
  const started = performance.now();
  const { status, stdout, stderr } = tryRun([path.join(ROOT, 'scripts/demo')]);
  expect(status, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toMatch(/(\d+) of \1 claims held/);
  expect(performance.now() - started).toBeLessThan(DEMO_WITHIN_MS);
  expect(networkState()).toEqual(machine);
  expect(namespacesExist(labOf())).toBe(false);
});
