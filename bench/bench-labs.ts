/** The two labs of a benchmark, alike but for what stands between client and server; they are measured in turn. */
import { readFileSync, writeFileSync } from 'node:fs';
import { gatewayFilesOf } from '../netns-tests/lab/gateway-files.ts';
import { startGateway } from '../netns-tests/lab/gateway-process.ts';
import { lowerLab, raiseLab } from '../netns-tests/lab/lab.ts';
import { readOracle } from '../netns-tests/lab/oracle.ts';
import { siteNamed } from '../netns-tests/lab/sites.ts';
import { type Lab, labOf } from '../netns-tests/lab/topology.ts';
import { lease } from '../netns-tests/support/clients.ts';
import { referenceAddress, startKernelNat } from './kernel-nat.ts';

/** The site the benchmarks talk to. */
export const SERVER = 'speed.example.com';
export const SERVER_ADDRESS = '192.0.2.60';

export const SIDES = ['reference', 'syngate'] as const;
export type Side = (typeof SIDES)[number];
export type BenchLabs = Readonly<Record<Side, Lab>>;

export interface LabOptions {
  /** What the gateway's configuration is to be instead. */
  readonly configure?: (text: string) => string;
  /** Whether the reference's gateway machine translates with the kernel; else it only has addresses. Default true. */
  readonly translates?: boolean;
  /** Done in each lab before the gateway starts: servers of the benchmark's own. */
  readonly prepare?: (lab: Lab, side: Side) => Promise<void> | void;
}

/** Raises both labs, runs a benchmark in them and removes them, also when it is interrupted. */
export async function withBenchLabs<T>(
  options: LabOptions,
  work: (labs: BenchLabs) => Promise<T> | T,
): Promise<T> {
  // Names of this process's own, so that a benchmark disturbs no other lab.
  const labs = { reference: labOf(`bench-ref-${process.pid}`), syngate: labOf(`bench-syn-${process.pid}`) };
  const lower = (): void => {
    for (const side of SIDES) lowerLab(labs[side]);
  };
  process.once('exit', lower);
  try {
    await raiseBenchLabs(labs, options);
    const result = await work(labs);
    assertNoViolations(labs);
    return result;
  } finally {
    process.off('exit', lower);
    lower();
  }
}

/** What alice dials to reach the server: behind syngate, the address its name is on loan for. */
export function dialledAddress(labs: BenchLabs, side: Side): string {
  return side === 'syngate' ? lease(labs.syngate, 'alice', SERVER) : referenceAddress(siteNamed(SERVER)).ipv4;
}

async function raiseBenchLabs(
  labs: BenchLabs,
  { configure, prepare, translates = true }: LabOptions,
): Promise<void> {
  for (const side of SIDES) {
    await raiseLab(labs[side], { gateway: false });
    await prepare?.(labs[side], side);
  }
  if (translates) startKernelNat(labs.reference, siteNamed(SERVER));
  const { config } = gatewayFilesOf(labs.syngate);
  if (configure !== undefined) writeFileSync(config, configure(readFileSync(config, 'utf8')));
  await startGateway(labs.syngate);
}

/** A figure counts only if the packets left as the policy says. */
function assertNoViolations(labs: BenchLabs): void {
  const report = readOracle(labs.syngate);
  if (report.violations > 0)
    throw new Error(`Cannot trust the figures: the oracle reports ${JSON.stringify(report)}`);
}
