/** The query syngate itself sends to an upstream: one question, RD, EDNS with our size, and none of the client's options. */
import { Rcode } from './codes.ts';
import { type EdnsOption, emitOpt, paddingOption } from './edns.ts';
import { emitHeader, Flag, HEADER_BYTES, viewOf } from './header.ts';

export interface QueryFields {
  readonly id: number;
  /** Name, type, class: the one question, which the reply must repeat. */
  readonly question: Uint8Array;
  /** Whether to write OPT; without it DO cannot be set. */
  readonly edns: boolean;
  readonly options?: readonly EdnsOption[];
  /** With EDNS: pads the message to a multiple of this many bytes (RFC 8467 section 4.1). */
  readonly padTo?: number | undefined;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

export function emitQuery(fields: QueryFields): Uint8Array {
  const { dnssecOk, options: given = [] } = fields;
  const emit = (options: readonly EdnsOption[]) => emitOpt({ rcode: Rcode.NOERROR, dnssecOk, options });
  const bare = fields.edns ? emit(given) : new Uint8Array(0);
  const { padTo } = fields;
  const length = HEADER_BYTES + fields.question.length + bare.length;
  const opt = fields.edns && padTo !== undefined ? emit([...given, paddingOption(length, padTo)]) : bare;
  const bytes = new Uint8Array(HEADER_BYTES + fields.question.length + opt.length);
  emitHeader(viewOf(bytes), {
    id: fields.id,
    flags: Flag.RD | (fields.checkingDisabled ? Flag.CD : 0),
    questions: 1,
    answers: 0,
    authorities: 0,
    additionals: fields.edns ? 1 : 0,
  });
  bytes.set(fields.question, HEADER_BYTES);
  bytes.set(opt, HEADER_BYTES + fields.question.length);
  return bytes;
}
