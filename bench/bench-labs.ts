/** The two labs of a benchmark, alike but for what stands between client and server; they are measured in turn. */
import { lowerLab, raiseLab } from '../netns-tests/lab/lab.ts';
import { readOracle } from '../netns-tests/lab/oracle.ts';
import { siteNamed } from '../netns-tests/lab/sites.ts';
import { type Lab, labOf } from '../netns-tests/lab/topology.ts';
import { startKernelNat } from './kernel-nat.ts';

export interface BenchLabs {
  readonly reference: Lab;
  readonly syngate: Lab;
}

/** Names of this process's own, so that a benchmark disturbs no other lab. */
export function benchLabs(): BenchLabs {
  return { reference: labOf(`bench-ref-${process.pid}`), syngate: labOf(`bench-syn-${process.pid}`) };
}

export async function raiseBenchLabs(labs: BenchLabs): Promise<void> {
  await raiseLab(labs.reference, { gateway: false });
  startKernelNat(labs.reference, siteNamed('speed.example.com'));
  await raiseLab(labs.syngate);
}

export function lowerBenchLabs(labs: BenchLabs): void {
  for (const lab of [labs.reference, labs.syngate]) lowerLab(lab);
}

/** A figure counts only if the packets left as the policy says. */
export function assertNoViolations(labs: BenchLabs): void {
  const report = readOracle(labs.syngate);
  if (report.violations > 0)
    throw new Error(`Cannot trust the figures: the oracle reports ${JSON.stringify(report)}`);
}
