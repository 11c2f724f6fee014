/** One lab for a test file, with the oracle asserted at zero after every test. */
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { lowerLab, raiseLab } from '../lab/lab.ts';
import { readOracle, resetOracle } from '../lab/oracle.ts';
import { type Lab, labOf } from '../lab/topology.ts';

export interface LabOptions {
  /** Whether to start the gateway; default true. */
  readonly gateway?: boolean;
  /** Whether the oracle must be at zero after each test; default true. Off only to test the oracle itself. */
  readonly oracle?: boolean;
}

/** Raises a lab before the tests of the file and removes it after them. */
export function useLab({ gateway = true, oracle = true }: LabOptions = {}): Lab {
  const lab = labOf(nameOfWorker());
  const lower = (): void => lowerLab(lab);
  beforeAll(async () => {
    process.once('exit', lower);
    await raiseLab(lab, { gateway });
  });
  afterEach(() => {
    if (oracle) assertNoViolations(lab);
  });
  afterAll(() => {
    process.off('exit', lower);
    lower();
  });
  return lab;
}

/** Fails with the oracle's whole report; counts anew for the next test. */
export function assertNoViolations(lab: Lab): void {
  const report = readOracle(lab);
  resetOracle(lab);
  expect(report.violations, `the oracle counted ${JSON.stringify(report)}`).toBe(0);
}

/** Files that run at the same time have labs of their own. */
function nameOfWorker(): string {
  const { LAB_SUFFIX = `test-${process.pid}`, VITEST_POOL_ID = '1' } = process.env;
  return `${LAB_SUFFIX}-${VITEST_POOL_ID}`;
}
