/** Makes the records of the resolver's counters and its upstreams. */

import type { Resolver } from '../../resolver/resolver.ts';
import type { UpstreamServer } from '../../resolver/resolver-options.ts';
import type { UpstreamState } from '../../resolver/upstream/upstream-health.ts';
import { familyOf, formatAddress } from '../../wire/address.ts';
import { nameRcode, nameType } from '../../wire/dns/codes.ts';
import type { DnsRecord, UpstreamRecord } from '../control/dns-record.ts';
import type { DnsCounters } from '../dns-front/add-front-counters.ts';
import { wallTime } from './wall-time.ts';

export interface DnsState {
  readonly counters: DnsCounters;
  readonly status: Resolver['status'];
}

export function describeDns({ counters, status }: DnsState): DnsRecord {
  return {
    cache: status.cache,
    upstreams: status.upstreams.flatMap(({ domains, upstreams }) =>
      upstreams.map((state) => describeUpstream(state, domains)),
    ),
    failures: status.failures.map(({ name, type, reason, atMs, times }) => ({
      host: name,
      type: nameType(type),
      reason,
      at: wallTime(atMs),
      times,
    })),
    counters: listCounters(counters),
  };
}

function describeUpstream(
  { server, failures, lastFailure, answerMs, answers }: UpstreamState,
  domains: readonly string[],
): UpstreamRecord {
  return {
    server: formatUpstream(server),
    domains,
    answers,
    answerMs: answerMs ?? null,
    failures,
    lastFailure:
      lastFailure === undefined ? null : { reason: lastFailure.reason, at: wallTime(lastFailure.atMs) },
  };
}

/** In the notation of the configuration, with the port. */
export function formatUpstream({ address, port, transport }: UpstreamServer): string {
  const host = formatAddress(address);
  const endpoint = familyOf(address) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
  if (transport === undefined) return endpoint;
  const path = transport.kind === 'https' ? transport.path : '';
  const name = transport.name === undefined ? '' : `#${transport.name}`;
  return `${transport.kind}://${endpoint}${path}${name}`;
}

/** Replies are listed by the name of the rcode, such as `replies.NXDOMAIN`; rcodes that have not occurred are omitted. */
function listCounters({ byRcode, ...counters }: DnsCounters): Record<string, number> {
  const replies = Object.entries(byRcode).map(([rcode, count]): [string, number] => [
    `replies.${nameRcode(Number(rcode))}`,
    count,
  ]);
  return { ...counters, ...Object.fromEntries(replies) };
}
