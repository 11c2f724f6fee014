/**
 * A million UDP flows alive in one worker's datapath: the memory they take, how fast they come to be, and how long the
 * longest batch took. Without devices, each round in a process of its own, which begins with nothing.
 */
import path from 'node:path';
import { z } from 'zod';
import { run } from '../netns-tests/lab/command.ts';
import { type BenchReport, makeReport, measureRounds, type Round } from './report.ts';

const FLOWS = 1_000_000;
const PROCESS = path.join(import.meta.dirname, 'flows-process.ts');

/** What the process prints: bytes, seconds, and a check that all flows were alive at one time and none at the end. */
const RESULT = z.object({
  rss: z.number(),
  insertSeconds: z.number().positive(),
  insertStall: z.number(),
  repeatSeconds: z.number().positive(),
  repeatStall: z.number(),
  expiryStall: z.number(),
  live: z.literal(FLOWS),
  left: z.literal(0),
});

export async function benchFlows(rounds: number): Promise<BenchReport> {
  const measured = await measureRounds(rounds, measureRound);
  return makeReport('flows', `node bench/flows-process.ts ${FLOWS}`, measured);
}

function measureRound(): Round {
  const output = run([process.execPath, '--expose-gc', PROCESS, String(FLOWS)]);
  const found = RESULT.parse(JSON.parse(output));
  return {
    memory: { unit: 'byte', syngate: found.rss },
    insertion: { unit: 'flow/s', syngate: FLOWS / found.insertSeconds },
    insertion_stall: { unit: 's', syngate: found.insertStall },
    known_packets: { unit: 'packet/s', syngate: FLOWS / found.repeatSeconds },
    known_stall: { unit: 's', syngate: found.repeatStall },
    expiry_stall: { unit: 's', syngate: found.expiryStall },
  };
}
