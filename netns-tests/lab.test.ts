/** The lab's own promises: twice is once, two at a time, and commands pass through as they are. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { run, tryRun } from './lab/command.ts';
import { labStatus, lowerLab, raiseLab } from './lab/lab.ts';
import { labOf, ROOT } from './lab/topology.ts';
import { networkState } from './support/machine-state.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false });
const other = labOf(`other-${process.pid}`);
const LAB = path.join(ROOT, 'scripts/lab');

afterAll(() => lowerLab(other));

describe('lab', () => {
  test('lab up leaves a standing lab as it is', async () => {
    const before = run(['ip', 'netns', 'pids', lab.namespaces.net]);
    await raiseLab(lab, { gateway: false });
    expect(run(['ip', 'netns', 'pids', lab.namespaces.net])).toBe(before);
  });

  test("two labs stand at the same time, and neither is in the machine's own namespace", async () => {
    const machine = networkState();
    await raiseLab(other, { gateway: false });
    expect(labStatus(lab).up).toBe(true);
    expect(labStatus(other).up).toBe(true);
    lowerLab(other);
    expect(labStatus(lab).up).toBe(true);
    expect(networkState()).toEqual(machine);
  });

  test('lab down removes everything, also when there is nothing', () => {
    lowerLab(other);
    lowerLab(other);
    for (const file of [
      other.directory,
      `/run/netns/${other.namespaces.gw}`,
      `/etc/netns/${other.namespaces.gw}`,
    ]) {
      expect(existsSync(file)).toBe(false);
    }
  });

  test('lab exec passes input, output and exit status through', () => {
    process.env.LAB_SUFFIX = lab.suffix;
    const echoed = tryRun([LAB, 'exec', 'sg-alice', 'sh', '-c', 'cat; echo oops >&2; exit 42'], {
      input: 'hello',
    });
    expect(echoed).toEqual({ status: 42, stdout: 'hello', stderr: 'oops\n' });
    expect(run([LAB, 'exec', 'bob', 'ip', '-4', '-br', 'addr', 'show', 'eth0'])).toContain('10.64.0.3/24');
    expect(tryRun([LAB, 'exec', 'carol', 'true'])).toMatchObject({ status: 2, stdout: '' });
  });
});
