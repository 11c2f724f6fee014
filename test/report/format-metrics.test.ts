import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatMetrics } from '../../src/report/format-metrics.ts';
import { counter, gauge } from '../../src/report/metric.ts';
import { parseMetrics } from '../support/parse-metrics.ts';

const DROPS = counter('drops_total', 'Packets dropped', [
  { labels: { reason: 'hairpin' }, value: 3 },
  { labels: { reason: 'no-route', uplink: 'wan' }, value: 0 },
]);
const HEAT = gauge('heat_celsius', 'Two\nlines and a \\', -1.5);

describe('formatMetrics', () => {
  test('writes the Prometheus text format', () => {
    expect(formatMetrics([DROPS, HEAT], 'prometheus')).toBe(
      `# HELP drops_total Packets dropped
# TYPE drops_total counter
drops_total{reason="hairpin"} 3
drops_total{reason="no-route",uplink="wan"} 0
# HELP heat_celsius Two\\nlines and a \\\\
# TYPE heat_celsius gauge
heat_celsius -1.5
`,
    );
  });

  test('writes OpenMetrics, where a counter’s family has no _total and the end is marked', () => {
    const lines = formatMetrics([DROPS, HEAT], 'openmetrics').split('\n');
    expect(lines.slice(0, 3)).toEqual([
      '# HELP drops Packets dropped',
      '# TYPE drops counter',
      'drops_total{reason="hairpin"} 3',
    ]);
    expect(lines.slice(-3)).toEqual(['heat_celsius -1.5', '# EOF', '']);
  });

  test.each(['prometheus', 'openmetrics'] as const)('is read back as it was, in %s', (format) => {
    const label = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.uniqueArray(label), fc.double(), (texts, value) => {
        const samples = texts.map((text) => ({ labels: { text, other: 'x' }, value }));
        const [family] = parseMetrics(
          formatMetrics([gauge('some', 'help', samples)], format),
          format,
        ).values();
        expect(family?.samples).toEqual(
          samples.map((sample) => ({ name: 'some', labels: sample.labels, value: value === 0 ? 0 : value })),
        );
      }),
    );
  });
});
