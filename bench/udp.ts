/** Datagrams of 64 bytes between a client and a server, each way, as fast as they can be sent: how many a second arrive. */
import { z } from 'zod';
import { benchIperf } from './iperf.ts';
import type { BenchReport } from './report.ts';

const REPORT = z.object({
  end: z.object({
    sum: z.object({ packets: z.number(), lost_packets: z.number(), seconds: z.number().positive() }),
  }),
});

export function benchUdp(rounds: number): Promise<BenchReport> {
  return benchIperf(
    {
      bench: 'udp',
      options: ['--udp', '--bitrate', '0', '--length', '64'],
      unit: 'packet/s',
      readRate: readArrived,
      per: 'million packets',
      unitsPerCost: 1e6,
    },
    rounds,
  );
}

/** Sent, without what the receiver missed. */
function readArrived(report: unknown): number {
  const { packets, lost_packets, seconds } = REPORT.parse(report).end.sum;
  return (packets - lost_packets) / seconds;
}
