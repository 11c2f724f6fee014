/** An answer to a client, before it is written as a message, and functions to make one. */
import { Rcode, RecordClass, RecordType } from '../../wire/dns/codes.ts';
import type { ExtendedError } from '../../wire/dns/edns.ts';
import { emitName } from '../../wire/dns/name.ts';
import { emitRecords, type NewRecord } from '../../wire/dns/record.ts';
import type { ReplyBody } from '../../wire/dns/reply.ts';
import type { Absence } from '../lookup/resolution.ts';

/** Permission to give the answer for a while to any client that asks the same question. */
export interface AnswerReuse {
  /** The lease to mark as used each time; undefined if the answer announces none. */
  readonly lease: number | undefined;
  readonly forMs: number;
}

export interface Answer {
  readonly body: ReplyBody;
  readonly errors: readonly ExtendedError[];
  /** Undefined when the answer must not be reused. */
  readonly reuse?: AnswerReuse | undefined;
}

/** The negative TTL of zones that the gateway itself serves. Chosen by us. */
const LOCAL_NEGATIVE_TTL_SECONDS = 600;
const SOA_TIMERS = [1, 3600, 1200, 604_800];

/** An answer without records. */
export function answerRcode(rcode: number, ...errors: readonly ExtendedError[]): Answer {
  return { body: { rcode, answers: 0, authorities: 0, bytes: new Uint8Array(0) }, errors };
}

/** An answer with the records as its answer section. */
export function answerRecords(records: readonly NewRecord[], ...errors: readonly ExtendedError[]): Answer {
  const bytes = emitRecords(records);
  return { body: { rcode: Rcode.NOERROR, answers: records.length, authorities: 0, bytes }, errors };
}

/** A record of class IN whose owner is the name of the question. */
export function ownRecord(type: number, ttlSeconds: number, rdata: Uint8Array): NewRecord {
  return { ownerOffset: 0, type, class: RecordClass.IN, ttlSeconds, rdata };
}

/**
 * A negative answer for a name in a zone that is served here, with the zone's SOA, so that clients cache it (RFC 2308
 * section 3): NODATA if `rcode` is NOERROR, otherwise NXDOMAIN.
 */
export function answerAbsence(
  name: string,
  zone: string,
  rcode: number,
  ttlSeconds: number = LOCAL_NEGATIVE_TTL_SECONDS,
): Answer {
  return answerSoa(name, { zone, soa: soaData(ttlSeconds) }, { rcode, ttlSeconds });
}

/** A negative answer with the SOA of a zone that the name is in. */
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

/** The RDATA of an SOA with names that lead nowhere, as RFC 6303 section 3 recommends. */
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
