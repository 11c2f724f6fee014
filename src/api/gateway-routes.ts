/** The resources of Cloudflare's Zero Trust Gateway API, below /client/v4; read only. */
import { Hono } from 'hono';
import type { PolicyRule } from '../gateway/config/policy-schema.ts';
import type { GatewayControl } from '../gateway/control/gateway-control.ts';
import { foldId } from '../policy/values/object-id.ts';
import { API_ERRORS, fail, succeed, succeedWithList } from './envelope.ts';

/** There is a single account, so the account id in the URL is ignored. */
export function makeGatewayRoutes(control: GatewayControl) {
  return new Hono()
    .get('/accounts/:account/gateway/rules', (context) =>
      context.json(succeedWithList(control.rules().map(presentRule))),
    )
    .get('/accounts/:account/gateway/rules/:id', (context) => {
      const wanted = foldId(context.req.param('id'));
      const rule = control.rules().find(({ id }) => id !== undefined && foldId(id) === wanted);
      if (rule === undefined) return context.json(noSuch('rule', context.req.param('id')), 404);
      return context.json(succeed(presentRule(rule)));
    })
    .get('/accounts/:account/gateway/lists', (context) =>
      context.json(
        succeedWithList(control.lists().map(({ items, ...list }) => ({ ...list, count: items.length }))),
      ),
    )
    .get('/accounts/:account/gateway/lists/:id', (context) => {
      const wanted = foldId(context.req.param('id'));
      const list = control.lists().find(({ id }) => foldId(id) === wanted);
      if (list === undefined) return context.json(noSuch('list', context.req.param('id')), 404);
      return context.json(succeed({ ...list, count: list.items.length }));
    })
    .get('/accounts/:account/gateway/categories', (context) =>
      context.json(succeedWithList(control.categories())),
    )
    .get('/accounts/:account/gateway/app_types', (context) =>
      context.json(succeedWithList(control.applicationTypes())),
    );
}

/** Adds defaults for the keys that the SDK's type requires. */
function presentRule(rule: PolicyRule) {
  return {
    description: '',
    enabled: false,
    filters: ['egress'],
    traffic: '',
    identity: '',
    device_posture: '',
    schedule: null,
    expiration: null,
    deleted_at: null,
    warning_status: null,
    version: 1,
    ...rule,
  };
}

function noSuch(kind: string, id: string) {
  return fail({ code: API_ERRORS.noSuchObject, message: `Cannot find the ${kind} ${JSON.stringify(id)}` });
}
