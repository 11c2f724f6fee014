/**
 * The DNS header (RFC 1035 section 4.1.1, AD and CD from RFC 4035 section 3):
 *
 *      0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
 *    |                      ID                       |
 *    |QR|   opcode  |AA|TC|RD|RA| Z|AD|CD|   rcode   |
 *    |     QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT        |
 *
 * Callers have already proven that HEADER_BYTES bytes are there.
 */
const ID = 0;
const FLAGS = 2;
const QUESTIONS = 4;
const ANSWERS = 6;
const AUTHORITIES = 8;
const ADDITIONALS = 10;
export const HEADER_BYTES = ADDITIONALS + 2;

export const Flag = {
  QR: 0x8000,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  AD: 0x0020,
  CD: 0x0010,
} as const;

const OPCODE_SHIFT = 11;
const OPCODE_MASK = 0x7800;
const RCODE_MASK = 0x000f;

export interface Header {
  readonly id: number;
  /** The whole second word; see `Flag`. */
  readonly flags: number;
  readonly questions: number;
  readonly answers: number;
  readonly authorities: number;
  readonly additionals: number;
}

export function parseHeader(view: DataView): Header {
  return {
    id: view.getUint16(ID),
    flags: view.getUint16(FLAGS),
    questions: view.getUint16(QUESTIONS),
    answers: view.getUint16(ANSWERS),
    authorities: view.getUint16(AUTHORITIES),
    additionals: view.getUint16(ADDITIONALS),
  };
}

export function emitHeader(view: DataView, header: Header): void {
  view.setUint16(ID, header.id);
  view.setUint16(FLAGS, header.flags);
  view.setUint16(QUESTIONS, header.questions);
  view.setUint16(ANSWERS, header.answers);
  view.setUint16(AUTHORITIES, header.authorities);
  view.setUint16(ADDITIONALS, header.additionals);
}

export function opcodeOf(flags: number): number {
  return (flags & OPCODE_MASK) >> OPCODE_SHIFT;
}

/** The low four bits of the response code; EDNS may hold eight more. */
export function rcodeOf(flags: number): number {
  return flags & RCODE_MASK;
}

/** The bits a reply copies from its query: opcode, RD and CD (RFC 1035 section 4.1.1, RFC 4035 section 3.2.2). */
export function mirroredFlags(flags: number): number {
  return flags & (OPCODE_MASK | Flag.RD | Flag.CD);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
