/** A client's answer before it becomes a message, and the shorthands for it that every step uses. */
import { Rcode, RecordClass, RecordType } from '../../wire/dns/codes.ts';
import type { ExtendedError } from '../../wire/dns/edns.ts';
import { emitName } from '../../wire/dns/name.ts';
import { emitRecords, type NewRecord } from '../../wire/dns/record.ts';
import type { ReplyBody } from '../../wire/dns/reply.ts';
import type { Absence } from '../lookup/resolution.ts';

/** The answer may be given for a while to any client that asks the same. */
export interface AnswerReuse {
  /** The lease to mark as used each time; undefined when the answer announces none. */
  readonly lease: number | undefined;
  readonly forMs: number;
}

export interface Answer {
  readonly body: ReplyBody;
  readonly errors: readonly ExtendedError[];
  /** Undefined when the answer must not be reused. */
  readonly reuse?: AnswerReuse | undefined;
}

/** How long clients may cache the absence of names that the gateway itself is authoritative for. Chosen by us. */
const LOCAL_NEGATIVE_TTL_SECONDS = 600;
const SOA_TIMERS = [1, 3600, 1200, 604_800];

/** An answer without any record. */
export function answerRcode(rcode: number, ...errors: readonly ExtendedError[]): Answer {
  return { body: { rcode, answers: 0, authorities: 0, bytes: new Uint8Array(0) }, errors };
}

/** The records as the answer section. */
export function answerRecords(records: readonly NewRecord[], ...errors: readonly ExtendedError[]): Answer {
  const bytes = emitRecords(records);
  return { body: { rcode: Rcode.NOERROR, answers: records.length, authorities: 0, bytes }, errors };
}

/** A record owned by the question's own name, in class IN. */
export function ownRecord(type: number, ttlSeconds: number, rdata: Uint8Array): NewRecord {
  return { ownerOffset: 0, type, class: RecordClass.IN, ttlSeconds, rdata };
}

/**
 * NXDOMAIN or NODATA for a name in a zone that is served here, with the zone's SOA so that clients remember it
 * (RFC 2308 section 3). NODATA when `rcode` is NOERROR.
 */
export function answerAbsence(
  name: string,
  zone: string,
  rcode: number,
  ttlSeconds: number = LOCAL_NEGATIVE_TTL_SECONDS,
): Answer {
  return answerSoa(name, { zone, soa: soaData(ttlSeconds) }, { rcode, ttlSeconds });
}

/** An answer without data, and the SOA of a zone the name lies in. */
export function answerSoa(
  name: string,
  { zone, soa }: Absence,
  { rcode, ttlSeconds }: { rcode: number; ttlSeconds: number },
): Answer {
  const record: NewRecord = {
    ownerOffset: emitName(name).length - emitName(zone).length,
    type: RecordType.SOA,
    class: RecordClass.IN,
    ttlSeconds,
    rdata: soa,
  };
  return { body: { rcode, answers: 0, authorities: 1, bytes: emitRecords([record]) }, errors: [] };
}

/** MNAME localhost, RNAME nobody.invalid (RFC 6303 section 3 asks for names that lead nowhere). */
function soaData(negativeTtlSeconds: number): Uint8Array {
  const timers = [...SOA_TIMERS, negativeTtlSeconds];
  const names = [...emitName('localhost'), ...emitName('nobody.invalid')];
  const data = new Uint8Array(names.length + timers.length * 4);
  const view = new DataView(data.buffer);
  data.set(names);
  timers.forEach((value, index) => {
    view.setUint32(names.length + index * 4, value);
  });
  return data;
}
