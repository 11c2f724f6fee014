/** Client of a running gateway's management API; the types of results are derived from the routes. */
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { hc } from 'hono/client';
import { GatewayError } from '../report/errors.ts';
import { failureSchema } from './envelope.ts';
import type { Api } from './make-api.ts';
import { makeUnixFetch, openUnixStream } from './unix-fetch.ts';

/**
 * Each method throws GatewayError: EUNREACHABLE if no gateway answers, EREFUSED if the request is invalid; or Error if the
 * gateway fails to answer it.
 */
export class GatewayClient {
  readonly #routes: ReturnType<typeof hc<Api>>['syngate']['v1'];

  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
    // The host in the URL is never resolved: all requests go to the socket.
    this.#routes = hc<Api>('http://gateway', { fetch: makeUnixFetch(socket) }).syngate.v1;
  }

  async status() {
    return (await readAnswer(await this.#routes.status.$get())).result;
  }

  /** `filter` has the query parameters of the route as texts. */
  async flows(filter: Readonly<Record<string, string>>) {
    return (await readAnswer(await this.#routes.flows.$get({ query: filter }))).result;
  }

  /** `filter` as in `flows`. */
  async clients(filter: Readonly<Record<string, string>>) {
    return (await readAnswer(await this.#routes.clients.$get({ query: filter }))).result;
  }

  async users() {
    return (await readAnswer(await this.#routes.users.$get())).result;
  }

  async leases() {
    return (await readAnswer(await this.#routes.leases.$get())).result;
  }

  async dns() {
    return (await readAnswer(await this.#routes.dns.$get())).result;
  }

  async egress() {
    return (await readAnswer(await this.#routes.egress.$get())).result;
  }

  async rules() {
    return (await readAnswer(await this.#routes.rules.$get())).result;
  }

  async lists() {
    return (await readAnswer(await this.#routes.lists.$get())).result;
  }

  /** Decisions as lines of JSON, until the gateway stops or `signal` aborts. */
  traceDecisions(query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Readable> {
    return this.#openStream('/syngate/v1/trace', query, signal);
  }

  /** Packets as a pcapng file. */
  tracePackets(query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Readable> {
    return this.#openStream('/syngate/v1/trace/packets', query, signal);
  }

  async explain(query: object) {
    return (await readAnswer(await this.#routes.explain.$post({ json: query }))).result;
  }

  async reload() {
    return (await readAnswer(await this.#routes.reload.$post())).result;
  }

  async #openStream(
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Readable> {
    const answer = await openUnixStream(this.#socket, `${path}?${new URLSearchParams(query)}`, signal);
    const { statusCode = 500 } = answer;
    if (statusCode === 200) return answer;
    throw makeRefusal(statusCode, await text(answer));
  }
}

interface Answer<Body> {
  readonly ok: boolean;
  readonly status: number;
  json(): Promise<Body>;
  text(): Promise<string>;
}

async function readAnswer<Body>(answer: Answer<Body>): Promise<Body> {
  if (answer.ok) return answer.json();
  throw makeRefusal(answer.status, await answer.text());
}

/** An internal error of the gateway is not a refusal, since the request was valid. */
function makeRefusal(status: number, text: string): Error {
  const reason = describeRefusal(status, text);
  return status >= 500 ? new Error(reason) : new GatewayError('EREFUSED', reason);
}

function describeRefusal(status: number, text: string): string {
  try {
    const { errors } = failureSchema.parse(JSON.parse(text));
    return errors.map(({ message }) => message).join('\n');
  } catch {
    return `Cannot read what the gateway answered: status ${status}`;
  }
}
