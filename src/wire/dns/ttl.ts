/** What a TTL field means in seconds (RFC 2181 section 8, RFC 8767 section 4), and the negative TTL of RFC 2308. */
import { RecordType } from './codes.ts';
import { viewOf } from './header.ts';
import type { ResourceRecord } from './message.ts';

/** Chosen by us: nothing is cached for longer than a day. */
const MAX_TTL_SECONDS = 86_400;

/** Seconds; a value with the top bit set counts as 0. */
export function effectiveTtl(ttl: number): number {
  return ttl > 0x7fff_ffff ? 0 : Math.min(ttl, MAX_TTL_SECONDS);
}

/** How long an absence may be cached: the lesser of the SOA's own TTL and its MINIMUM (RFC 2308 section 5). */
export function negativeTtl(soa: ResourceRecord): number {
  const minimum = viewOf(soa.rdata).getUint32(soa.rdata.length - 4);
  return Math.min(effectiveTtl(soa.ttl), effectiveTtl(minimum));
}

/** The SOA of a negative answer, if the authority section has one. */
export function findSoa(records: readonly ResourceRecord[]): ResourceRecord | undefined {
  return records.find((record) => record.section === 'authority' && record.type === RecordType.SOA);
}
