/**
 * Mutations of real captures of both sides, through a whole datapath (issue 5, Bad input; FL-05 to FL-08). Bounded here;
 * SYNGATE_FUZZ_SECONDS=300 runs longer, SYNGATE_FUZZ_SEED repeats a run that failed.
 */
import { expect, test } from 'vitest';
import { joinEndpoint } from '../support/address-text.ts';
import { buildReply, buildRequest } from '../support/client-packets.ts';
import type { DatapathFixture } from '../support/datapath-fixture.ts';
import { Draw } from '../support/draw.ts';
import { parsePacket } from '../support/parse-packet.ts';
import { FAMILIES, LEASES, PARTIES } from '../support/story.ts';
import { type CapturedStory, tellCaptured } from './captured-story.ts';
import { BatchJudge, hex } from './judge-batch.ts';
import { mutateBatch } from './mutate.ts';
import type { CapturedPacket } from './read-capture.ts';

const SECONDS = Number(process.env.SYNGATE_FUZZ_SECONDS ?? 3);
const SEED = Number(process.env.SYNGATE_FUZZ_SEED ?? 1);
/** A datapath is told the captures anew after so many batches, so that most flows live and a failure is soon found again. */
const BATCHES_A_ROUND = 2_000;
const MOST_PACKETS = 16;

test(
  `Datapath outlives mutated captures for ${SECONDS} s (FL-05 to FL-08)`,
  () => {
    const until = performance.now() + SECONDS * 1000;
    let rounds = 0;
    do {
      fuzzRound(SEED + rounds, until);
      rounds++;
    } while (performance.now() < until);
    expect(rounds).toBeGreaterThan(0);
  },
  SECONDS * 1000 + 60_000,
);

function fuzzRound(seed: number, until: number): void {
  const draw = new Draw(seed);
  const story = tellCaptured();
  for (const lease of LEASES) story.gateway.post({ type: 'lease', lease });
  story.gateway.fetch();
  const judge = new BatchJudge(story.gateway);
  judge.noteCalls(story.outward.map(({ packet }) => packet));
  const canaries = FAMILIES.map((family) => new CanaryFlow(story.gateway, family));
  for (let batch = 0; batch < BATCHES_A_ROUND && performance.now() < until; batch++) {
    fuzzBatch(story, judge, draw, `seed ${seed}, batch ${batch}`);
    if (batch % 50 === 0) for (const canary of canaries) canary.tick();
  }
  for (const canary of canaries) canary.tick();
}

function fuzzBatch(
  { gateway, outward, inward }: CapturedStory,
  judge: BatchJudge,
  draw: Draw,
  where: string,
): void {
  const side = draw.one(['clients', 'internet'] as const);
  const packets = mutateBatch(side === 'clients' ? outward : inward, draw, MOST_PACKETS);
  gateway.advance(draw.chance(0.01) ? draw.below(70_000) : draw.below(20));
  takeOwn(gateway);
  judge.begin();
  try {
    const outcome = side === 'clients' ? gateway.send(...packets) : gateway.receive('wan', ...packets);
    judge.judge(side, packets, outcome, takeOwn(gateway));
  } catch (error) {
    const what = error instanceof Error ? error.stack : String(error);
    throw new Error(`${where}, from ${side}: ${what}
${describePackets(packets)}`);
  }
}

/** What the gateway itself sends, and the pieces for clients, which nobody looks at. */
function takeOwn(gateway: DatapathFixture) {
  gateway.datapath.fragments.toClients.clear();
  return [...gateway.takeOwn('wan'), ...gateway.takeOwn('spare')];
}

function describePackets(packets: readonly CapturedPacket[]): string {
  return packets
    .map(({ packet, vnet, etherType }) => `${etherType.toString(16)} ${hex(vnet)} ${hex(packet)}`)
    .join('\n');
}

/** A flow of bob's that began before everything else, and one that begins now. */
class CanaryFlow {
  readonly #gateway: DatapathFixture;
  readonly #family: 4 | 6;
  readonly #source: string;
  #port = 50_000;

  constructor(gateway: DatapathFixture, family: 4 | 6) {
    this.#gateway = gateway;
    this.#family = family;
    this.#source = this.#exchange(1_000);
  }

  /** The old flow keeps its external port, and a new one works. */
  tick(): void {
    expect(this.#exchange(1_000)).toBe(this.#source);
    this.#exchange(this.#port++);
  }

  /** A datagram to the shop and its answer; whom the shop saw. */
  #exchange(port: number): string {
    const { bob, shop } = PARTIES[this.#family];
    this.#gateway.answerNextHops();
    const request = buildRequest('udp', joinEndpoint(bob, port), joinEndpoint(shop, 443));
    const [frame] = this.#gateway.send(request).wan;
    const left = parsePacket(frame?.packet ?? new Uint8Array());
    const { clients } = this.#gateway.receive('wan', buildReply(left));
    expect(clients.map((packet) => parsePacket(packet).to)).toEqual([joinEndpoint(bob, port)]);
    takeOwn(this.#gateway);
    return left.from;
  }
}
