/**
 * A soak: canary flows, a mixed load, and one fault after the other, in an order that the seed says. Each fault is over
 * when everything is seen to work again; what the last one left behind would otherwise be blamed on the next.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Draw } from '../../test/support/draw.ts';
import { gatewayFilesOf } from '../lab/gateway-files.ts';
import { gatewayPid, startGateway } from '../lab/gateway-process.ts';
import { raiseLab } from '../lab/lab.ts';
import { readOracle } from '../lab/oracle.ts';
import { EGRESS, type Lab, ROOT } from '../lab/topology.ts';
import { waitUntil } from '../lab/wait.ts';
import { lease } from '../support/clients.ts';
import { Canaries } from './canaries.ts';
import type { Disturbance } from './disturbance.ts';
import { type Fault, FaultContext } from './fault.ts';
import { GATEWAY_FAULTS } from './gateway-faults.ts';
import { HOSTILE_FAULTS } from './hostile-faults.ts';
import type { Attempt } from './judge-load.ts';
import type { MemorySample } from './judge-memory.ts';
import { LINK_FAULTS } from './link-faults.ts';
import { readStatus, sampleMemory, watchedGateway } from './memory-watch.ts';
import type { SoakRecord } from './report.ts';
import { runAside, startAside } from './run-aside.ts';
import { Transfers } from './transfers.ts';

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Says what goes on, a line at a time. */
  readonly tell: (line: string) => void;
}

const NODE = path.join(ROOT, 'node_modules/.bin/node');
const FAULTS: readonly Fault[] = [...LINK_FAULTS, ...GATEWAY_FAULTS, ...HOSTILE_FAULTS];
const SAMPLE_EVERY_MS = 10_000;
const REST_MS = 2_000;
/** A fall sooner after a rise than this counts as flapping; and no flap rests for long. */
const DISTANCE_MS = 75_000;
/** After a fault everything works again within this time; where an egress address may have been lost, it may have to rest first. */
const CALM_WITHIN_MS = 20_000;
const RESTED_WITHIN_MS = 60_000;
/**
 * Flows opened and forgotten: what each leaves behind adds up. Half of them have IPv4, whose identifiers are taken for a minute
 * and rest for two: three quarters of those that the gateway's own address has.
 */
const CHURN_PER_SECOND = 300;
/** Leases come and go within twelve minutes, so that the pool is in balance soon after the first third. */
const SHORT_LEASES = 'synthetic: { lease: 90s, quarantine: 10m, ttl: 20s }\n';
const FLOW_LOG = 'flow_log: { path: flows.jsonl }\n';
const START_WITHIN_MS = 20_000;

/** Runs it in a lab that it raises; whoever calls lowers the lab. Rejects when the soak itself cannot go on. */
export async function soak(lab: Lab, { minutes, seed, tell }: SoakOptions): Promise<SoakRecord> {
  const draw = new Draw(seed);
  await raiseSoakLab(lab);
  const canaries = new Canaries(lab);
  const atFirst = () => 'not all canaries are answered';
  await waitUntil(() => canaries.areAnsweredSince(0), START_WITHIN_MS, atFirst);
  const attempts: Attempt[] = [];
  const stopLoad = startLoad(lab, seed, attempts);
  const stopChurn = startChurn(lab);
  const transfers = new Transfers(lab, draw, (attempt) => attempts.push(attempt));
  await transfers.start();
  const pid = gatewayPid(lab);
  const samples: MemorySample[] = [];
  const from = Date.now();
  const until = from + minutes * 60_000;
  const [disturbances] = await Promise.all([
    sufferFaults({ lab, draw, canaries, until, tell }),
    watchMemory(lab, samples, until),
  ]);
  const to = Date.now();
  await transfers.stop();
  canaries.stop();
  stopLoad();
  stopChurn();
  return {
    ...{ seed, from, to, attempts, samples, disturbances },
    canaryEvents: canaries.events,
    status: await readStatus(lab),
    oracle: readOracle(lab),
    isSameProcess: gatewayPid(lab) === pid,
  };
}

interface Suffering {
  readonly lab: Lab;
  readonly draw: Draw;
  readonly canaries: Canaries;
  readonly until: number;
  readonly tell: (line: string) => void;
}

/**
 * All faults in a random order, and again in another one, as long as there is time. An egress address that is lost soon
 * after it came back rests longer each time (egress/health-monitor.ts), so those faults that may take one out of service
 * keep their distance.
 */
async function sufferFaults({ lab, draw, canaries, until, tell }: Suffering): Promise<Disturbance[]> {
  const shop = 'shop.example.com';
  const context = new FaultContext(lab, draw, {
    4: lease(lab, 'bob', shop, 4),
    6: lease(lab, 'bob', shop, 6),
  });
  const [moving, others] = [FAULTS.filter(mayMove), FAULTS.filter((fault) => !mayMove(fault))].map(
    (faults) => new Deck(faults, draw),
  );
  const disturbances: Disturbance[] = [];
  for (let movedAt = 0; Date.now() < until; ) {
    const fault = (Date.now() - movedAt > DISTANCE_MS ? moving : others)?.next();
    if (fault === undefined) break;
    const endured = await endure(fault, context, canaries);
    if (mayMove(fault)) movedAt = endured.to;
    disturbances.push(endured);
    tell(describe(endured));
    await sleep(REST_MS);
  }
  return disturbances;
}

function mayMove({ effects }: Fault): boolean {
  return effects.includes('move');
}

/** All of some things in a random order, then again in another one. */
class Deck<Card> {
  readonly #cards: readonly Card[];
  readonly #draw: Draw;
  #left: Card[] = [];

  constructor(cards: readonly Card[], draw: Draw) {
    this.#cards = cards;
    this.#draw = draw;
  }

  next(): Card | undefined {
    if (this.#left.length === 0) this.#left = this.#draw.shuffle(this.#cards);
    return this.#left.pop();
  }
}

/** Probes bear a busy machine. */
async function raiseSoakLab(lab: Lab): Promise<void> {
  await raiseLab(lab, { gateway: false });
  const { config } = gatewayFilesOf(lab);
  const text = readFileSync(config, 'utf8');
  const patient = text.replace('interval: 500ms', 'interval: 1s').replace('timeout: 400ms', 'timeout: 900ms');
  writeFileSync(config, `${patient}${SHORT_LEASES}${FLOW_LOG}`);
  await startGateway(lab, watchedGateway(lab));
}

/** Answers with what ends it. */
function startLoad(lab: Lab, seed: number, attempts: Attempt[]): () => void {
  const load = path.join(import.meta.dirname, 'load-process.ts');
  const child = startAside(lab, 'bob', [NODE, load, String(seed)]);
  child.stderr.pipe(process.stderr);
  createInterface({ input: child.stdout }).on('line', (line) => attempts.push(JSON.parse(line)));
  return () => void child.kill('SIGTERM');
}

/** Answers with what ends it. */
function startChurn(lab: Lab): () => void {
  const churn = path.join(import.meta.dirname, 'churn.py');
  const command = ['python3', churn, 'eth0', String(CHURN_PER_SECOND), 'shop.example.com'];
  const child = startAside(lab, 'bob', command);
  child.stderr.pipe(process.stderr);
  return () => void child.kill('SIGTERM');
}

async function watchMemory(lab: Lab, samples: MemorySample[], until: number): Promise<void> {
  while (Date.now() < until) {
    await sleep(SAMPLE_EVERY_MS);
    samples.push(await sampleMemory(lab));
  }
}

/** Applies a fault and waits until everything works again; flows that it may have moved are begun anew. */
async function endure(fault: Fault, context: FaultContext, canaries: Canaries): Promise<Disturbance> {
  const from = Date.now();
  await fault.apply(context);
  const ended = Date.now();
  let isCalm = await comesTrue(
    async () => (await reachesFromPrimary(context.lab)) && canaries.areAnsweredSince(ended),
    mayMove(fault) ? RESTED_WITHIN_MS : CALM_WITHIN_MS,
  );
  if (mayMove(fault)) {
    const renewed = Date.now();
    canaries.renewMoved();
    isCalm = (await comesTrue(() => canaries.areAnsweredSince(renewed), CALM_WITHIN_MS)) && isCalm;
  }
  return { fault: fault.name, effects: fault.effects, from, ended, to: Date.now(), isCalm };
}

/** Whether it does in time. */
function comesTrue(condition: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  return waitUntil(condition, withinMs, () => '').then(
    () => true,
    () => false,
  );
}

function describe({ fault, from, ended, to, isCalm }: Disturbance): string {
  const time = new Date(from).toTimeString().slice(0, 8);
  const [lasted, settled] = [ended - from, to - ended].map((ms) => (ms / 1000).toFixed(1));
  return `${time}  ${fault} for ${lasted} s: ${isCalm ? 'all calm' : 'NOT calm'} ${settled} s later`;
}

/** New connections of alice to the bank leave from the primary. */
async function reachesFromPrimary(lab: Lab): Promise<boolean> {
  const command = ['curl', '-4', '-sS', '-m', '3', 'https://bank.example.com/whoami'];
  const { stdout } = await runAside(lab, 'alice', command);
  return stdout.includes(`"${EGRESS.primary}"`);
}
