/** The metrics endpoint; without the envelope, since the format is Prometheus' own (docs/metrics.md). */
import { Hono } from 'hono';
import type { GatewayControl } from '../gateway/control/gateway-control.ts';
import { formatMetrics, METRICS_TYPES } from '../report/format-metrics.ts';

export function makeMetricsRoutes(control: Pick<GatewayControl, 'metrics'>) {
  return new Hono().get('/', async (context) => {
    const accepted = context.req.header('accept') ?? '';
    const format = accepted.includes('application/openmetrics-text') ? 'openmetrics' : 'prometheus';
    const text = formatMetrics(await control.metrics(), format);
    return context.body(text, 200, { 'content-type': METRICS_TYPES[format], 'cache-control': 'no-store' });
  });
}
