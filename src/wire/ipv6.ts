/**
 * IPv6 header (RFC 8200 section 3) and the extension headers that may stand before the transport.
 *
 *       0                   1                   2                   3
 *      |Version| Traffic Class |           Flow Label                  |
 *      |         Payload Length        |  Next Header  |   Hop Limit   |
 *      |                  Source Address (128 bits)                    |
 *      |                Destination Address (128 bits)                 |
 */
import type { DropReason } from '../report/drop-reason.ts';

const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
const SOURCE = 8;
const DESTINATION = 24;
export const IPV6_HEADER_BYTES = DESTINATION + 16;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const DESTINATION_OPTIONS = 60;
const FRAGMENT_HEADER_BYTES = 8;
const FRAGMENT_OFFSET_MASK = 0xfff8;
const PAD1 = 0;
/** The client's own address in a destination option (RFC 6275 section 6.3), which would show it to the internet. */
const HOME_ADDRESS = 201;
/** Chosen by us: no legitimate packet carries more, and the walk must be bounded. */
const MOST_EXTENSION_HEADERS = 4;

/** Why the fixed header cannot be trusted, or undefined when every accessor is safe. */
export function checkIpv6(view: DataView, at: number, length: number): DropReason | undefined {
  if (length < IPV6_HEADER_BYTES) return 'ip-truncated';
  if (IPV6_HEADER_BYTES + ipv6PayloadLength(view, at) > length) return 'ip-bad-total-length';
  return undefined;
}

export function ipv6PayloadLength(view: DataView, at: number): number {
  return view.getUint16(at + PAYLOAD_LENGTH);
}

/** Where the transport header begins, and which protocol it is; filled in by `findTransport`. */
export interface TransportPlace {
  transportAt: number;
  protocol: number;
}

/**
 * Walks past hop-by-hop options, which may only come first (RFC 8200 section 4.1), and destination options to the transport
 * header. Routing headers are refused (RFC 5095), home addresses (row F15), and fragments, except a first fragment that
 * `isQuoted` in an ICMP error: it still has its ports.
 */
export function findTransport(
  view: DataView,
  at: number,
  end: number,
  place: TransportPlace,
  isQuoted = false,
): DropReason | undefined {
  let next = view.getUint8(at + NEXT_HEADER);
  let offset = at + IPV6_HEADER_BYTES;
  for (let headers = 0; isPassedOver(next, isQuoted); headers++) {
    const misplaced = next === HOP_BY_HOP && headers > 0;
    if (misplaced || headers === MOST_EXTENSION_HEADERS || offset + 8 > end) return 'ipv6-extension-header';
    if (next === FRAGMENT && (view.getUint16(offset + 2) & FRAGMENT_OFFSET_MASK) !== 0) return 'ip-fragment';
    const bytes = next === FRAGMENT ? FRAGMENT_HEADER_BYTES : (view.getUint8(offset + 1) + 1) * 8;
    if (offset + bytes > end) return 'ipv6-extension-header';
    if (!isQuoted && tellsHomeAddress(view, offset, offset + bytes)) return 'ipv6-extension-header';
    next = view.getUint8(offset);
    offset += bytes;
  }
  if (next === FRAGMENT) return 'ip-fragment';
  if (next === ROUTING) return 'ipv6-extension-header';
  place.transportAt = offset;
  place.protocol = next;
  return undefined;
}

function isPassedOver(header: number, isQuoted: boolean): boolean {
  return header === HOP_BY_HOP || header === DESTINATION_OPTIONS || (isQuoted && header === FRAGMENT);
}

/** Whether the options in the header `[at, end)` have a home address. */
function tellsHomeAddress(view: DataView, at: number, end: number): boolean {
  for (let offset = at + 2; offset + 1 < end; ) {
    const option = view.getUint8(offset);
    if (option === HOME_ADDRESS) return true;
    offset += option === PAD1 ? 1 : view.getUint8(offset + 1) + 2;
  }
  return false;
}

/** Reads source and destination into `words` (0–3 and 4–7). */
export function readIpv6Addresses(view: DataView, at: number, words: Uint32Array): void {
  for (let word = 0; word < 8; word++) words[word] = view.getUint32(at + SOURCE + word * 4);
}

/** Writes the four words from `from` on as the source, and those from `to` on as the destination. */
export function rewriteIpv6(view: DataView, at: number, words: Uint32Array, from: number, to: number): void {
  for (let word = 0; word < 4; word++) {
    view.setUint32(at + SOURCE + word * 4, words[from + word] ?? 0);
    view.setUint32(at + DESTINATION + word * 4, words[to + word] ?? 0);
  }
}

/** Writes a header; addresses are eight words, source first. */
export function emitIpv6(
  view: DataView,
  at: number,
  header: { addresses: Uint32Array; nextHeader: number; payloadLength: number; hopLimit: number },
): void {
  view.setUint32(at, 0x6000_0000);
  view.setUint16(at + PAYLOAD_LENGTH, header.payloadLength);
  view.setUint8(at + NEXT_HEADER, header.nextHeader);
  view.setUint8(at + HOP_LIMIT, header.hopLimit);
  rewriteIpv6(view, at, header.addresses, 0, 4);
}
