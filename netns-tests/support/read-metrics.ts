/** Metrics as Prometheus' own library reads them. */
import path from 'node:path';
import { z } from 'zod';
import { run } from '../lab/command.ts';

const samplesShape = z.array(
  z.object({
    type: z.string(),
    name: z.string(),
    labels: z.record(z.string(), z.string()),
    value: z.number(),
  }),
);

/** Debian's, which has Debian's packages. */
const PYTHON = '/usr/bin/python3';

/** Throws for what is no OpenMetrics. */
export function readMetrics(text: string) {
  const reader = path.join(import.meta.dirname, 'read-metrics.py');
  const samples = samplesShape.parse(JSON.parse(run([PYTHON, reader], { input: text })));
  return {
    samples,
    /** Of the one sample that has these labels and perhaps others. */
    value(name: string, labels: Readonly<Record<string, string>> = {}): number {
      const found = samples.filter(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      );
      const [sample] = found;
      if (sample === undefined || found.length > 1)
        throw new Error(`Cannot find one ${name} with ${JSON.stringify(labels)}: there are ${found.length}`);
      return sample.value;
    },
  };
}
