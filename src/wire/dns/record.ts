/** Resource records to be written (RFC 1035 section 4.1.3). Owners are pointers into the question, so nothing is repeated. */
import { HEADER_BYTES, viewOf } from './header.ts';

export interface NewRecord {
  /** Bytes to skip at the start of the question's name; 0 makes the question's name the owner. */
  readonly ownerOffset: number;
  readonly type: number;
  readonly class: number;
  readonly ttlSeconds: number;
  readonly rdata: Uint8Array;
}

const POINTER = 0xc000;
const FIXED_BYTES = 12;

export function emitRecords(records: readonly NewRecord[]): Uint8Array {
  const length = records.reduce((sum, record) => sum + FIXED_BYTES + record.rdata.length, 0);
  const bytes = new Uint8Array(length);
  const view = viewOf(bytes);
  let at = 0;
  for (const record of records) {
    view.setUint16(at, POINTER | (HEADER_BYTES + record.ownerOffset));
    view.setUint16(at + 2, record.type);
    view.setUint16(at + 4, record.class);
    view.setUint32(at + 6, record.ttlSeconds);
    view.setUint16(at + 10, record.rdata.length);
    bytes.set(record.rdata, at + FIXED_BYTES);
    at += FIXED_BYTES + record.rdata.length;
  }
  return bytes;
}
