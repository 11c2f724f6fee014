/** The command `scripts/demo [--keep]`: raises the lab, tells the story with real programs, checks every claim. */
import { Command } from 'commander';
import pc from 'picocolors';
import { lowerLab, raiseLab } from '../lab/lab.ts';
import { readOracle } from '../lab/oracle.ts';
import { type Lab, labOf } from '../lab/topology.ts';
import { networkState } from '../support/machine-state.ts';
import { Narrator } from './narrator.ts';
import { STORY } from './story.ts';

const TOPOLOGY = `
  sg-alice ── 10.64.0.2, fd00:64::2 ──┐                      ┌── sg-net: 192.0.2.53 resolver,
  (finance)                           ├── sg-gw: syngate ────┤   192.0.2.198 bank.example.com, other sites
  sg-bob   ── 10.64.0.3, fd00:64::3 ──┘                      └── and their IPv6 twins in 2001:db8:2::/64
  policy: netns-tests/lab/policy.yaml`;

const lab = labOf();
const program = new Command('demo')
  .description('the bank example, end to end, on real packets')
  .option('--keep', 'leave the lab up at the end')
  .action(tell);

try {
  if (process.getuid?.() !== 0) throw new Error('Cannot make network namespaces: not root, so try sudo');
  await program.parseAsync();
} catch (error) {
  console.error(pc.red(error instanceof Error ? error.message : String(error)));
  process.exitCode = 1;
}

async function tell({ keep = false }: { keep?: boolean }): Promise<void> {
  const started = performance.now();
  const narrator = new Narrator(lab);
  const machine = networkState();
  lowerOnSignal();
  lowerLab(lab);
  try {
    narrator.heading('Four network namespaces are raised, and syngate is started between them');
    await raiseLab(lab);
    narrator.say(TOPOLOGY);
    for (const step of STORY) await step(lab, narrator);
    claimNoViolations(lab, narrator);
  } finally {
    if (!keep) lowerLab(lab);
  }
  const untouched = JSON.stringify(networkState()) === JSON.stringify(machine);
  narrator.claim("the machine's own network namespace is as it was", untouched);
  summarize(narrator, (performance.now() - started) / 1000);
  if (keep) sayHowToEnter();
}

function claimNoViolations(of: Lab, narrator: Narrator): void {
  const report = readOracle(of);
  narrator.heading('The oracle: nftables counters in the internet and at the clients');
  narrator.say(JSON.stringify(report, null, 2).replace(/^/gm, '    '));
  narrator.claim('no packet ever showed another source than the policy says', report.violations === 0);
}

function summarize(narrator: Narrator, seconds: number): void {
  const total = narrator.held + narrator.broken.length;
  console.log(`\n${pc.bold(`${narrator.held} of ${total} claims held, in ${seconds.toFixed(0)} s`)}`);
  if (narrator.broken.length === 0) return;
  throw new Error(
    `Cannot tell the story: these claims did not hold:\n${narrator.broken.map((c) => `  ${c}`).join('\n')}`,
  );
}

function sayHowToEnter(): void {
  console.log('\nThe lab is still up:');
  console.log('  scripts/lab shell sg-alice                              a shell on the machine of alice');
  console.log('  scripts/lab exec sg-bob curl https://bank.example.com/  one command on the machine of bob');
  console.log(
    '  scripts/lab gateway log; scripts/lab oracle             what the gateway says; what the oracle counted',
  );
  console.log('  scripts/lab down                                        remove everything');
}

/** Ctrl-C leaves nothing behind. */
function lowerOnSignal(): void {
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => {
      lowerLab(lab);
      process.exit(status);
    });
  }
}
