/** What the guard has dropped so far, for status and metrics. */
import { z } from 'zod';
import { GUARD_TABLE } from './plan-guard.ts';
import { runCommand } from './run-command.ts';

export interface GuardCounters {
  /** Packets that were to leave an uplink with a source that is no egress address there. */
  readonly refusedSource: number;
  /** Packets from an egress address to a private or synthetic destination. */
  readonly refusedDestination: number;
  /** Packets from an uplink to the host itself. */
  readonly refusedInput: number;
  /** Packets that were to be forwarded from an uplink, or from clients past the TUN. */
  readonly refusedForward: number;
  /** Packets from one on-ramp with the source of another one's client. */
  readonly refusedOnramp: number;
}

const answer = z.object({
  nftables: z.array(
    z.object({
      counter: z.object({ table: z.string(), name: z.string(), packets: z.number() }).optional(),
    }),
  ),
});

/** Sums over the uplinks since the guard was last set up; all zero when there is no guard. */
export async function readGuardCounters(): Promise<GuardCounters> {
  const { nftables } = answer.parse(JSON.parse(await runCommand(['nft', '-j', 'list', 'counters'])));
  const ours = nftables.flatMap(({ counter }) => (counter?.table === GUARD_TABLE ? [counter] : []));
  const sum = (kind: string) =>
    ours.filter(({ name }) => name.startsWith(kind)).reduce((total, { packets }) => total + packets, 0);
  return {
    refusedSource: sum('refused_source'),
    refusedDestination: sum('refused_destination'),
    refusedInput: sum('refused_input'),
    refusedForward: sum('refused_forward'),
    refusedOnramp: sum('refused_onramp'),
  };
}
