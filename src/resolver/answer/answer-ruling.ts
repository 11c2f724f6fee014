/** Answers that rules give instead of the real ones; an extended error (RFC 8914) marks them as such. */
import { type Family, familyOf } from '../../wire/address.ts';
import { ExtendedErrorCode, Rcode, RecordType } from '../../wire/dns/codes.ts';
import type { Question } from '../../wire/dns/message.ts';
import { type Answer, answerAbsence, answerRcode, answerRecords, ownRecord } from './answer.ts';
import type { Ruling } from './question-rules.ts';

/** Short, so that a policy change soon takes effect. Chosen by us. */
const RULED_TTL_SECONDS = 60;

/** The answer to a question that a rule blocks or answers with addresses. */
export function answerRuling(
  { name, type }: Pick<Question, 'name' | 'type'>,
  ruling: Exclude<Ruling, { kind: 'other-host' }>,
): Answer {
  return ruling.kind === 'block' ? answerBlock(name, type, ruling) : answerAddresses(name, type, ruling);
}

/** The family of addresses that a record type holds; undefined for other types. */
export function familyOfType(type: number): Family | undefined {
  if (type === RecordType.A) return 4;
  return type === RecordType.AAAA ? 6 : undefined;
}

/** Whether the type is an address type or a service binding, which could carry address hints. */
export function leadsToAddresses(type: number): boolean {
  return familyOfType(type) !== undefined || type === RecordType.HTTPS || type === RecordType.SVCB;
}

function answerBlock(
  name: string,
  type: number,
  { reply, reason }: Extract<Ruling, { kind: 'block' }>,
): Answer {
  const error = { code: ExtendedErrorCode.BLOCKED, text: reason };
  if (reply === 'refused') return answerRcode(Rcode.REFUSED, error);
  const family = familyOfType(type);
  if (reply === 'null-address' && family !== undefined) {
    const unspecified = new Uint8Array(family === 4 ? 4 : 16);
    return answerRecords([ownRecord(type, RULED_TTL_SECONDS, unspecified)], error);
  }
  return answerNothing(name, reply === 'nxdomain' ? Rcode.NXDOMAIN : Rcode.NOERROR, error);
}

function answerAddresses(
  name: string,
  type: number,
  { addresses }: Extract<Ruling, { kind: 'addresses' }>,
): Answer {
  const error = { code: ExtendedErrorCode.FORGED_ANSWER, text: 'a rule names the address' };
  const family = familyOfType(type);
  const fitting = addresses.filter((address) => familyOf(address) === family);
  if (fitting.length === 0) return answerNothing(name, Rcode.NOERROR, error);
  return answerRecords(
    fitting.map((address) => ownRecord(type, RULED_TTL_SECONDS, address)),
    error,
  );
}

/** The SOA's owner is the name itself, so that the negative answer covers no other name. */
function answerNothing(name: string, rcode: number, error: Answer['errors'][number]): Answer {
  return { ...answerAbsence(name, name, rcode, RULED_TTL_SECONDS), errors: [error] };
}
