/** Writes an answer as a reply message: with EDNS only if the query had it, and within the size that the client accepts. */
import type { Address } from '../../wire/address.ts';
import { Rcode } from '../../wire/dns/codes.ts';
import { cookieOption, findCookie } from '../../wire/dns/cookie.ts';
import { type EdnsOption, extendedErrorOption, keepaliveOption } from '../../wire/dns/edns.ts';
import { emitReply, type ReplyTo, udpLimit } from '../../wire/dns/reply.ts';
import type { Answer } from '../answer/answer.ts';
import type { ResolverCounters } from '../resolver-counters.ts';
import type { ServerCookies } from './server-cookies.ts';

export interface ReplyContext {
  readonly counters: ResolverCounters;
  readonly cookies: ServerCookies;
  /** The idle timeout to state in the TCP keepalive option. */
  readonly tcpIdleMs: number;
}

/** The client and the transport of a query. */
export interface ReplyPath {
  readonly client: Address;
  readonly transport: 'udp' | 'tcp';
}

const TCP_LIMIT = 0xffff;

export function writeReply(
  to: ReplyTo,
  { body, errors }: Answer,
  path: ReplyPath,
  context: ReplyContext,
  keepalive = false,
): Uint8Array {
  const { counters, tcpIdleMs } = context;
  const options: EdnsOption[] = [...answerCookie(to, path, context), ...errors.map(extendedErrorOption)];
  if (keepalive) options.push(keepaliveOption(tcpIdleMs));
  const limit = path.transport === 'tcp' ? TCP_LIMIT : udpLimit(to.edns);
  // Without EDNS there is no room for an extended rcode.
  const rcode = to.edns === undefined && body.rcode > 0xf ? Rcode.SERVFAIL : body.rcode;
  const { bytes, truncated } = emitReply(to, { ...body, rcode }, { limit, options });
  counters.byRcode[rcode] = (counters.byRcode[rcode] ?? 0) + 1;
  if (truncated) counters.truncated++;
  return bytes;
}

function answerCookie({ edns }: ReplyTo, { client }: ReplyPath, { cookies }: ReplyContext): EdnsOption[] {
  const cookie = findCookie(edns);
  if (cookie === undefined || cookie === 'malformed') return [];
  return [cookieOption(cookies.answer(cookie, client))];
}
