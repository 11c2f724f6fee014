/** Datagrams of 64 bytes between a client and a server, each way, as fast as they can be sent: how many a second arrive. */
import { z } from 'zod';
import { benchIperf } from './iperf.ts';
import type { BenchReport } from './report.ts';

const DATAGRAM_BYTES = 64;
const REPORT = z.object({
  end: z.object({ sum_received: z.object({ bytes: z.number(), seconds: z.number().positive() }) }),
});

export function benchUdp(rounds: number): Promise<BenchReport> {
  return benchIperf(
    {
      bench: 'udp',
      options: ['--udp', '--bitrate', '0', '--length', String(DATAGRAM_BYTES)],
      unit: 'packet/s',
      readRate: readArrived,
      per: 'million packets',
      unitsPerCost: 1e6,
    },
    rounds,
  );
}

/** By the receiver's bytes: iperf3 3.12 leaves the omitted second out of the packets sent but not of the packets lost. */
function readArrived(report: unknown): number {
  const { bytes, seconds } = REPORT.parse(report).end.sum_received;
  return bytes / DATAGRAM_BYTES / seconds;
}
