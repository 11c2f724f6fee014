/** fetch() over a unix socket, which Node's own does not support, as far as the client of the management API needs it. */
import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { GatewayError } from '../report/errors.ts';

/** Even a request for many flows takes far less time. */
const TIMEOUT_MS = 30_000;

/** A fetch() that sends all requests to one socket; throws GatewayError EUNREACHABLE if no gateway answers there. */
export function makeUnixFetch(
  socket: string,
): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  return async (input, init) => {
    const request = new Request(input, init);
    try {
      return await send(socket, request);
    } catch (error) {
      throw unreachable(socket, error);
    }
  };
}

/** GET for a streamed response, whose body the caller reads until `signal` aborts. Throws GatewayError EUNREACHABLE. */
export async function openUnixStream(
  socket: string,
  path: string,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  try {
    return await new Promise((resolve, reject) => {
      const request = http.get({ socketPath: socket, agent: false, path, signal }, resolve);
      request.once('error', reject);
    });
  } catch (error) {
    throw unreachable(socket, error);
  }
}

async function send(socket: string, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const body = Buffer.from(await request.arrayBuffer());
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const outgoing = http.request({
      socketPath: socket,
      agent: false, // a persistent connection would keep the process alive, and break when the gateway restarts
      path: pathname + search,
      method: request.method,
      headers: { ...Object.fromEntries(request.headers), 'content-length': body.length },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
    outgoing.end(body);
  });
  const headers = { 'content-type': answer.headers['content-type'] ?? '' };
  return new Response(await buffer(answer), { status: answer.statusCode ?? 500, headers });
}

function unreachable(socket: string, cause: unknown): GatewayError {
  return new GatewayError('EUNREACHABLE', `Cannot reach the gateway at ${socket}: ${describeReason(cause)}`, {
    cause,
  });
}

function describeReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such socket; is the gateway running?';
  if (code === 'ECONNREFUSED') return 'nobody answers; the gateway has stopped';
  if (code === 'EACCES') return 'permission denied; only the gateway’s own user may open the socket';
  return error instanceof Error ? error.message : String(error);
}
