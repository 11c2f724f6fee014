/**
 * Ethernet II header (RFC 894, RFC 2464). Functions read and write in place at `at`, the first byte of the header.
 * Callers have already proven `ETHERNET_HEADER_BYTES` bytes are there; see `checkEthernet`.
 *
 *      0            6            12        14
 *      | destination | source     | type    | payload …
 */
import type { DropReason } from '../report/drop-reason.ts';
import { MAC_BYTES, type MacAddress, readMac, writeMac } from './mac-address.ts';

const DESTINATION = 0;
const SOURCE = DESTINATION + MAC_BYTES;
const TYPE = SOURCE + MAC_BYTES;
export const ETHERNET_HEADER_BYTES = TYPE + 2;

/** Why this header cannot be read, or undefined when every accessor is safe. */
export function checkEthernet(at: number, end: number): DropReason | undefined {
  return end - at < ETHERNET_HEADER_BYTES ? 'ethernet-truncated' : undefined;
}

export function ethernetDestination(view: DataView, at: number): MacAddress {
  return readMac(view, at + DESTINATION);
}

export function ethernetSource(view: DataView, at: number): MacAddress {
  return readMac(view, at + SOURCE);
}

export function etherTypeOf(view: DataView, at: number): number {
  return view.getUint16(at + TYPE);
}

export interface EthernetHeader {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  readonly etherType: number;
}

/** Writes a header and returns its length. */
export function emitEthernet(view: DataView, at: number, header: EthernetHeader): number {
  writeMac(view, at + DESTINATION, header.destination);
  writeMac(view, at + SOURCE, header.source);
  view.setUint16(at + TYPE, header.etherType);
  return ETHERNET_HEADER_BYTES;
}
