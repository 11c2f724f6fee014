/**
 * EDNS(0): the OPT pseudo-record (RFC 6891 section 6.1) and the options syngate reads or writes: cookies (RFC 7873, in
 * cookie.ts), TCP keepalive (RFC 7828), padding (RFC 7830) and extended errors (RFC 8914). No option is forwarded, and no
 * other is answered (RFC 7871 section 11: a client's subnet is never disclosed).
 */
import { OptionCode, RecordType } from './codes.ts';
import { rcodeOf, viewOf } from './header.ts';
import type { Message, ResourceRecord } from './message.ts';

export interface Edns {
  /** The largest UDP message the sender takes; below 512 means 512 (RFC 6891 section 6.2.3). */
  readonly udpSize: number;
  readonly version: number;
  readonly dnssecOk: boolean;
  readonly options: readonly EdnsOption[];
}

export interface EdnsOption {
  readonly code: number;
  readonly data: Uint8Array;
}

/** What the server says about an answer besides its rcode. */
export interface ExtendedError {
  readonly code: number;
  /** For people; short, ASCII. */
  readonly text: string;
}

/** Our size, in queries and answers: never fragmented (RFC 9715 section 3, DNS flag day 2020). */
export const EDNS_UDP_BYTES = 1232;
export const MIN_UDP_BYTES = 512;

const DO_BIT = 0x8000;
const FIXED_BYTES = 11;
const OPTION_HEADER_BYTES = 4;

/** The EDNS part of a message: undefined without OPT, `malformed` with two, with an owner name, or with a false length. */
export function parseEdns(records: readonly ResourceRecord[]): Edns | 'malformed' | undefined {
  const [opt, second] = records.filter((record) => record.type === RecordType.OPT);
  if (opt === undefined) return undefined;
  if (second !== undefined || opt.section !== 'additional' || opt.name !== '') return 'malformed';
  const options = parseOptions(opt.rdata);
  if (options === undefined) return 'malformed';
  return {
    udpSize: Math.max(opt.class, MIN_UDP_BYTES),
    version: (opt.ttl >>> 16) & 0xff,
    dnssecOk: (opt.ttl & DO_BIT) !== 0,
    options,
  };
}

/** The whole response code: four bits from the header, eight from OPT (RFC 6891 section 6.1.3). */
export function fullRcode({ header, records }: Pick<Message, 'header' | 'records'>): number {
  const opt = records.find(({ type }) => type === RecordType.OPT);
  return rcodeOf(header.flags) | (opt === undefined ? 0 : (opt.ttl >>> 24) << 4);
}

/** The bytes of an OPT record, version 0, with our UDP size. */
export function emitOpt(fields: {
  rcode: number;
  dnssecOk: boolean;
  options: readonly EdnsOption[];
}): Uint8Array {
  const length = fields.options.reduce((sum, option) => sum + OPTION_HEADER_BYTES + option.data.length, 0);
  const bytes = new Uint8Array(FIXED_BYTES + length);
  const view = viewOf(bytes);
  view.setUint16(1, RecordType.OPT);
  view.setUint16(3, EDNS_UDP_BYTES);
  view.setUint8(5, fields.rcode >> 4);
  view.setUint16(7, fields.dnssecOk ? DO_BIT : 0);
  view.setUint16(9, length);
  let at = FIXED_BYTES;
  for (const option of fields.options) {
    view.setUint16(at, option.code);
    view.setUint16(at + 2, option.data.length);
    bytes.set(option.data, at + OPTION_HEADER_BYTES);
    at += OPTION_HEADER_BYTES + option.data.length;
  }
  return bytes;
}

export function extendedErrorOption(error: ExtendedError): EdnsOption {
  const text = new TextEncoder().encode(error.text);
  const data = new Uint8Array(2 + text.length);
  viewOf(data).setUint16(0, error.code);
  data.set(text, 2);
  return { code: OptionCode.EXTENDED_ERROR, data };
}

/** `timeoutMs` is rounded down to the option's unit of 100 ms (RFC 7828 section 3.1). */
export function keepaliveOption(timeoutMs: number): EdnsOption {
  const data = new Uint8Array(2);
  viewOf(data).setUint16(0, Math.floor(timeoutMs / 100));
  return { code: OptionCode.TCP_KEEPALIVE, data };
}

/** Zeros that bring a message of `length` bytes, without the option, to a multiple of `block` (RFC 7830 section 3). */
export function paddingOption(length: number, block: number): EdnsOption {
  const filled = length + OPTION_HEADER_BYTES;
  return { code: OptionCode.PADDING, data: new Uint8Array((block - (filled % block)) % block) };
}

function parseOptions(rdata: Uint8Array): EdnsOption[] | undefined {
  const view = viewOf(rdata);
  const options: EdnsOption[] = [];
  let at = 0;
  while (at + OPTION_HEADER_BYTES <= rdata.length) {
    const dataAt = at + OPTION_HEADER_BYTES;
    const next = dataAt + view.getUint16(at + 2);
    options.push({ code: view.getUint16(at), data: rdata.subarray(dataAt, next) });
    at = next;
  }
  return at === rdata.length ? options : undefined;
}
