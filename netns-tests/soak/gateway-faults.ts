/** Faults of the gateway's machine and of what it leans on: upstream dead, process held up, too little processor, policies changed (FL-15, FL-28, FL-29, FL-38). */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gatewayFilesOf, POLICY } from '../lab/gateway-files.ts';
import { readPid } from '../lab/services.ts';
import type { Fault, FaultContext } from './fault.ts';

const RELOADS = 12;
const BUSY_PROCESSES = 4;
const RELOAD_EVERY_MS = 400;

export const GATEWAY_FAULTS: readonly Fault[] = [
  { name: 'the upstream resolver is silent', effects: ['names'], apply: holdUpstream },
  { name: 'the gateway is held up for a second', effects: [], apply: holdGateway },
  { name: 'the machine is busy', effects: [], apply: keepBusy },
  { name: 'the policy changes again and again', effects: [], apply: changePolicy },
  { name: 'configurations are wrong', effects: [], apply: breakConfiguration },
];

async function holdUpstream({ lab }: FaultContext): Promise<void> {
  const pid = readPid(path.join(lab.directory, 'dns.pid'));
  if (pid === undefined) throw new Error('Cannot hold the upstream resolver: it does not run');
  process.kill(pid, 'SIGSTOP');
  await sleep(6_000);
  process.kill(pid, 'SIGCONT');
}

async function holdGateway(context: FaultContext): Promise<void> {
  context.signalGateway('SIGSTOP');
  await sleep(1_000);
  context.signalGateway('SIGCONT');
}

/** More than it has processors (FL-38). Timers fire, no flow stands still for long, and no address is lost. */
async function keepBusy(context: FaultContext): Promise<void> {
  const spin = ['timeout', '6', 'sh', '-c', 'while :; do :; done'];
  await Promise.all(Array.from({ length: BUSY_PROCESSES }, () => context.try('gw', spin)));
}

/** Rules come and go that nobody meets, at another place each time, so that every rule gets another number. */
async function changePolicy(context: FaultContext): Promise<void> {
  const { policy } = gatewayFilesOf(context.lab);
  const text = readFileSync(POLICY, 'utf8');
  for (let change = 0; change < RELOADS; change++) {
    const rules = Array.from({ length: context.draw.below(20) }, (_, index) => strangeRule(index));
    writeFileSync(policy, text.replace('\nrules:\n', `\nrules:\n${rules.join('')}`));
    context.signalGateway('SIGHUP');
    await sleep(RELOAD_EVERY_MS);
  }
  await restorePolicy(context);
}

/** Their precedences lie between those of the story's rules: 11 to 19, 21 to 29 and so on. */
function strangeRule(index: number): string {
  const precedence = 11 + index + Math.floor(index / 9);
  return `  - name: Nobody asks for this ${index}
    precedence: ${precedence}
    enabled: true
    filters: [egress]
    action: egress
    traffic: net.fqdn.host == "nobody-${index}.example.com"
    rule_settings: { egress: { ipv4: 203.0.113.10, ipv4_fallback: 0.0.0.0, ipv6: "2001:db8:9::/64" } }
`;
}

async function breakConfiguration(context: FaultContext): Promise<void> {
  const { policy, config } = gatewayFilesOf(context.lab);
  const right = { policy: readFileSync(POLICY, 'utf8'), config: readFileSync(config, 'utf8') };
  const wrong = [
    [policy, '\u0000'],
    [policy, right.policy.slice(0, context.draw.below(right.policy.length) + 20).concat('\n  - [')],
    [policy, right.policy.replace('ipv4: 203.0.113.9', 'ipv4: 203.0.113.99')],
    [policy, right.policy.replace('== "bank.example.com"', '~ "(a+)+$')],
    [config, right.config.replace('uplink: wan', 'uplink: lan')],
    [config, `${right.config}surprise: 1\n`],
  ] as const;
  for (const [file, text] of wrong) {
    writeFileSync(file, text);
    context.signalGateway('SIGHUP');
    await sleep(RELOAD_EVERY_MS);
    writeFileSync(policy, right.policy);
    writeFileSync(config, right.config);
  }
  await restorePolicy(context);
}

async function restorePolicy(context: FaultContext): Promise<void> {
  writeFileSync(gatewayFilesOf(context.lab).policy, readFileSync(POLICY));
  context.signalGateway('SIGHUP');
  await sleep(RELOAD_EVERY_MS);
}
