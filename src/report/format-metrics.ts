/** Formats metrics in the Prometheus text format 0.0.4, or as OpenMetrics 1.0 for scrapers that accept it. */
import type { Metric, Sample } from './metric.ts';

export type MetricsFormat = 'prometheus' | 'openmetrics';

export const METRICS_TYPES: Readonly<Record<MetricsFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

export function formatMetrics(metrics: readonly Metric[], format: MetricsFormat): string {
  const lines = metrics.flatMap((metric) => formatMetric(metric, format));
  if (format === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

/** In OpenMetrics the name of a counter's family lacks `_total`; in the older format it equals that of its samples. */
function formatMetric({ name, type, help, samples }: Metric, format: MetricsFormat): string[] {
  const family = format === 'openmetrics' ? name.replace(/_total$/, '') : name;
  return [
    `# HELP ${family} ${escapeHelp(help)}`,
    `# TYPE ${family} ${type}`,
    ...samples.map((sample) => `${name}${formatLabels(sample)} ${formatValue(sample.value)}`),
  ];
}

function formatLabels({ labels }: Sample): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
