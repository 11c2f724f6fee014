/** The management API as one application: routes, limits, and an envelope around every response, including errors. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import type { GatewayControl } from '../gateway/control/gateway-control.ts';
import { API_ERRORS, fail } from './envelope.ts';
import { respondToError } from './failure-response.ts';
import { makeGatewayRoutes } from './gateway-routes.ts';
import { makeMetricsRoutes } from './metrics-routes.ts';
import { makeSyngateRoutes } from './syngate-routes.ts';

/** Many times the size of a policy of some thousand rules (FL-39). */
const MOST_BODY_BYTES = 4 * 1024 * 1024;

export interface ApiOptions {
  /** Called with the cause of every internal error response. */
  readonly onError?: (error: unknown) => void;
}

export function makeApi(control: GatewayControl, { onError = () => {} }: ApiOptions = {}) {
  const api = new Hono()
    .use(bodyLimit({ maxSize: MOST_BODY_BYTES, onError: refuseBody }))
    .route('/client/v4', makeGatewayRoutes(control))
    .route('/syngate/v1', makeSyngateRoutes(control))
    .route('/metrics', makeMetricsRoutes(control));
  api.notFound((context) => {
    const message = `Could not route to ${context.req.path}, perhaps your object identifier is invalid?`;
    return context.json(fail({ code: API_ERRORS.noRoute, message }), 404);
  });
  api.onError((error, context) => {
    const { status, body } = respondToError(error);
    if (status >= 500) onError(error);
    return context.json(body, status);
  });
  return api;
}

/** The types of the routes and their results, for the client. */
export type Api = ReturnType<typeof makeApi>;

function refuseBody(): never {
  throw new HTTPException(413, {
    message: `Cannot take the body: it has more than ${MOST_BODY_BYTES} bytes`,
  });
}
