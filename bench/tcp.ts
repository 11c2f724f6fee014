/** One TCP stream between a client and a server, each way: bits per second, offloads as veth has them. */
import { z } from 'zod';
import { benchIperf } from './iperf.ts';
import type { BenchReport } from './report.ts';

const BITS_A_GIGABYTE = 8e9;
const REPORT = z.object({
  end: z.object({ sum_received: z.object({ bits_per_second: z.number().positive() }) }),
});

export function benchTcp(rounds: number): Promise<BenchReport> {
  return benchIperf(
    {
      bench: 'tcp',
      options: [],
      unit: 'bit/s',
      readRate: (report) => REPORT.parse(report).end.sum_received.bits_per_second,
      per: 'GB',
      unitsPerCost: BITS_A_GIGABYTE,
    },
    rounds,
  );
}
