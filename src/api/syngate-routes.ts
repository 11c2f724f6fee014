/** The gateway's own resources, below /syngate/v1: status, explanations, traces and reloads. */
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { PolicyList } from '../gateway/config/policy-schema.ts';
import type { GatewayControl } from '../gateway/control/gateway-control.ts';
import { succeed, succeedWithList } from './envelope.ts';
import { clientQuery, explainBody, flowQuery, packetsQuery, traceQuery } from './requests.ts';
import { streamDecisions, streamPackets } from './trace-stream.ts';

export function makeSyngateRoutes(control: GatewayControl) {
  return new Hono()
    .get('/status', async (context) => context.json(succeed(await control.status())))
    .get('/flows', async (context) => {
      const filter = flowQuery.parse(context.req.query());
      return context.json(succeedWithList(await control.flows(filter)));
    })
    .get('/clients', async (context) => {
      const filter = clientQuery.parse(context.req.query());
      return context.json(succeedWithList(await control.clients(filter)));
    })
    .get('/users', async (context) => context.json(succeedWithList(await control.users())))
    .get('/leases', (context) => context.json(succeedWithList(control.leases())))
    .get('/dns', (context) => context.json(succeed(control.dns())))
    .get('/egress', async (context) => context.json(succeedWithList(await control.egress())))
    .get('/lists', (context) => context.json(succeedWithList(control.lists().map(summarizeList))))
    .get('/rules', (context) => context.json(succeedWithList(control.rules())))
    .get('/trace', (context) => {
      const { seconds, ...filter } = traceQuery.parse(context.req.query());
      return context.body(streamDecisions(control, filter, seconds), 200, {
        'content-type': 'application/x-ndjson',
      });
    })
    .get('/trace/packets', (context) => {
      const { packets, bytes, seconds, ...filter } = packetsQuery.parse(context.req.query());
      return context.body(streamPackets(control, filter, { packets, bytes, seconds }), 200, {
        'content-type': 'application/x-pcapng',
      });
    })
    .post('/explain', async (context) => {
      const query = explainBody.parse(parseJson(await context.req.text()));
      return context.json(succeed(await control.explain(query)));
    })
    .post('/reload', async (context) => context.json(succeed(await control.reload())));
}

/** A list without its entries, of which there may be a million. */
function summarizeList({ id, name, type, items, file, updated_at: updatedAt }: PolicyList) {
  return { id, name, type, entries: items.length, file: file ?? null, updatedAt: updatedAt ?? null };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new HTTPException(400, { message: `Cannot read the body as JSON: ${detail}`, cause: error });
  }
}
