/** All benchmarks by name; each raises what it needs, measures so many rounds and removes it again. */
import { benchCps } from './cps.ts';
import { benchDns } from './dns.ts';
import { benchFlows } from './flows.ts';
import { benchLatency } from './latency.ts';
import { benchPolicy } from './policy.ts';
import type { BenchReport } from './report.ts';
import { benchTcp } from './tcp.ts';
import { benchUdp } from './udp.ts';

export type Bench = (rounds: number) => Promise<BenchReport>;

export const BENCHES: ReadonlyMap<string, Bench> = new Map([
  ['tcp', benchTcp],
  ['udp', benchUdp],
  ['latency', benchLatency],
  ['cps', benchCps],
  ['flows', benchFlows],
  ['policy', benchPolicy],
  ['dns', benchDns],
]);
