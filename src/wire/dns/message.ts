/**
 * A DNS message parsed from its bytes (RFC 1035 section 4): every name, length and compression pointer is checked before
 * anything is used. Record data stays bytes, so that unknown types pass unchanged (RFC 3597).
 */
import { checkRdata } from './check-rdata.ts';
import { HEADER_BYTES, type Header, parseHeader, viewOf } from './header.ts';
import { emitName, parseName } from './name.ts';

export interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Its bytes in the message: name, type and class, with letters in the case they were sent in. */
  readonly bytes: Uint8Array;
}

export type Section = 'answer' | 'authority' | 'additional';

export interface ResourceRecord {
  readonly section: Section;
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** As sent, 32 bits; `effectiveTtl` converts it to seconds. */
  readonly ttl: number;
  /** Offset of the TTL in the message. */
  readonly ttlAt: number;
  readonly rdataAt: number;
  readonly rdata: Uint8Array;
}

export interface Message {
  readonly bytes: Uint8Array;
  readonly header: Header;
  readonly question: Question;
  readonly records: readonly ResourceRecord[];
  /** Where the additional section begins; no name before it points into it. */
  readonly additionalAt: number;
}

const RECORD_FIXED_BYTES = 10;
const QUESTION_FIXED_BYTES = 4;

/** The message, or undefined if it does not have exactly one question, is malformed anywhere, or has bytes left over. */
export function parseMessage(bytes: Uint8Array): Message | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const header = parseHeader(viewOf(bytes));
  const question = header.questions === 1 ? parseQuestion(bytes) : undefined;
  if (question === undefined) return undefined;
  const parsed = parseRecords(bytes, header, HEADER_BYTES + question.bytes.length);
  return parsed === undefined ? undefined : { bytes, header, question, ...parsed };
}

/** The records of a message that has no question at all; undefined when it has one, or is malformed. */
export function parseQuestionless(bytes: Uint8Array): readonly ResourceRecord[] | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const header = parseHeader(viewOf(bytes));
  return header.questions === 0 ? parseRecords(bytes, header, HEADER_BYTES)?.records : undefined;
}

/** The first question, whose name has nothing before it to point to. Undefined when it is malformed. */
export function parseQuestion(bytes: Uint8Array): Question | undefined {
  const parsed = parseName(bytes, HEADER_BYTES);
  if (parsed === undefined || parsed.next + QUESTION_FIXED_BYTES > bytes.length) return undefined;
  const view = viewOf(bytes);
  return {
    name: parsed.name,
    type: view.getUint16(parsed.next),
    class: view.getUint16(parsed.next + 2),
    bytes: bytes.subarray(HEADER_BYTES, parsed.next + QUESTION_FIXED_BYTES),
  };
}

/** The bytes of a question for a canonical name, in lower case throughout. */
export function emitQuestion(name: string, type: number, recordClass: number): Uint8Array {
  const encoded = emitName(name);
  const bytes = new Uint8Array(encoded.length + QUESTION_FIXED_BYTES);
  const view = viewOf(bytes);
  bytes.set(encoded);
  view.setUint16(encoded.length, type);
  view.setUint16(encoded.length + 2, recordClass);
  return bytes;
}

/** Undefined unless they end where the message does. */
function parseRecords(
  bytes: Uint8Array,
  header: Header,
  from: number,
): Pick<Message, 'records' | 'additionalAt'> | undefined {
  const view = viewOf(bytes);
  const records: ResourceRecord[] = [];
  let at = from;
  let additionalAt = at;
  for (const [section, count] of sectionsOf(header)) {
    if (section === 'additional') additionalAt = at;
    for (let index = 0; index < count; index++) {
      const record = parseRecord(bytes, view, at, section);
      if (record === undefined) return undefined;
      records.push(record);
      at = record.rdataAt + record.rdata.length;
    }
  }
  return at === bytes.length ? { records, additionalAt } : undefined;
}

function sectionsOf(header: Header): ReadonlyArray<readonly [Section, number]> {
  return [
    ['answer', header.answers],
    ['authority', header.authorities],
    ['additional', header.additionals],
  ];
}

function parseRecord(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  section: Section,
): ResourceRecord | undefined {
  const owner = parseName(bytes, at);
  if (owner === undefined || owner.next + RECORD_FIXED_BYTES > bytes.length) return undefined;
  const fixed = owner.next;
  const rdataAt = fixed + RECORD_FIXED_BYTES;
  const rdataEnd = rdataAt + view.getUint16(fixed + 8);
  if (rdataEnd > bytes.length) return undefined;
  const type = view.getUint16(fixed);
  const recordClass = view.getUint16(fixed + 2);
  if (!checkRdata(bytes, { type, class: recordClass, at: rdataAt, end: rdataEnd })) return undefined;
  return {
    section,
    name: owner.name,
    type,
    class: recordClass,
    ttl: view.getUint32(fixed + 4),
    ttlAt: fixed + 4,
    rdataAt,
    rdata: bytes.subarray(rdataAt, rdataEnd),
  };
}
