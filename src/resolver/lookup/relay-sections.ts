/**
 * Answers of types other than addresses are relayed byte for byte, compression included, from the end of the question to the
 * additional section. That section is dropped: it may contain addresses, is never needed, and cannot be the target of
 * compression pointers before it. Only the TTLs are changed.
 */
import { Rcode, RecordClass, RecordType } from '../../wire/dns/codes.ts';
import { HEADER_BYTES, rcodeOf, viewOf } from '../../wire/dns/header.ts';
import type { Message, ResourceRecord } from '../../wire/dns/message.ts';
import type { ReplyBody } from '../../wire/dns/reply.ts';
import { effectiveTtl, findSoa, negativeTtl } from '../../wire/dns/ttl.ts';
import type { RelayedSections, TtlField } from './resolution.ts';

/** Undefined if a record that is not `expected` bears an address or an address hint: such a reply must not be relayed. */
export function relaySections(
  message: Message,
  expected: readonly ResourceRecord[] = [],
): RelayedSections | undefined {
  const kept = message.records.filter(({ section }) => section !== 'additional');
  if (kept.some((record) => bearsAddress(record) && !expected.includes(record))) return undefined;
  const start = HEADER_BYTES + message.question.bytes.length;
  return {
    rcode: rcodeOf(message.header.flags),
    answers: message.header.answers,
    authorities: message.header.authorities,
    bytes: Uint8Array.from(message.bytes.subarray(start, message.additionalAt)),
    ttls: sharedTtls(kept, isNegative(message)).map(({ at, ttlSeconds }) => ({ at: at - start, ttlSeconds })),
  };
}

/** How long the sections may be cached: the lowest TTL; a negative answer without SOA not at all (RFC 2308 section 5). */
export function relayedTtl(message: Message, sections: RelayedSections): number {
  if (isNegative(message) && findSoa(message.records) === undefined) return 0;
  if (sections.ttls.length === 0) return 0;
  return Math.min(...sections.ttls.map(({ ttlSeconds }) => ttlSeconds));
}

/** The sections with their TTLs reduced by `ageSeconds`, but not below `leastSeconds`. */
export function ageSections(
  sections: RelayedSections,
  { ageSeconds, leastSeconds }: { ageSeconds: number; leastSeconds: number },
): ReplyBody {
  const bytes = Uint8Array.from(sections.bytes);
  const view = viewOf(bytes);
  for (const { at, ttlSeconds } of sections.ttls) {
    view.setUint32(at, Math.max(leastSeconds, ttlSeconds - ageSeconds));
  }
  return { rcode: sections.rcode, answers: sections.answers, authorities: sections.authorities, bytes };
}

function bearsAddress({ type, class: recordClass }: ResourceRecord): boolean {
  if (recordClass !== RecordClass.IN) return false;
  return (
    type === RecordType.A || type === RecordType.AAAA || type === RecordType.SVCB || type === RecordType.HTTPS
  );
}

/** NXDOMAIN, or no record of the queried type (NODATA). */
function isNegative({ header, question, records }: Message): boolean {
  if (rcodeOf(header.flags) === Rcode.NXDOMAIN) return true;
  return !records.some(({ section, type }) => section === 'answer' && type === question.type);
}

/** Each record gets the lowest TTL of its RRset (RFC 2181 section 5.2); the SOA of a negative answer gets the negative TTL. */
function sharedTtls(records: readonly ResourceRecord[], negative: boolean): TtlField[] {
  const least = new Map<string, number>();
  for (const record of records) {
    const set = setOf(record);
    least.set(set, Math.min(least.get(set) ?? Number.POSITIVE_INFINITY, ttlOf(record, negative)));
  }
  return records.map((record) => ({ at: record.ttlAt, ttlSeconds: least.get(setOf(record)) ?? 0 }));
}

function setOf({ section, name, type, class: recordClass }: ResourceRecord): string {
  return `${section} ${name} ${type} ${recordClass}`;
}

function ttlOf(record: ResourceRecord, negative: boolean): number {
  const isSoa = record.section === 'authority' && record.type === RecordType.SOA;
  return negative && isSoa ? negativeTtl(record) : effectiveTtl(record.ttl);
}
