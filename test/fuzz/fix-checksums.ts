/** Makes the checksums of a packet right, whatever else is wrong with it, the slow and obvious way. */
import { checksumOf, pseudoHeader } from '../support/internet-checksum.ts';
import { findPlaces, ICMP, ICMPV6, TCP, UDP, write16 } from './packet-places.ts';

const CHECKSUM_AT: Readonly<Record<number, number>> = { [ICMP]: 2, [TCP]: 16, [UDP]: 6, [ICMPV6]: 2 };

export function fixHeaderChecksum(bytes: Uint8Array, at = 0): void {
  const end = at + ((bytes[at] ?? 0) & 15) * 4;
  if ((bytes[at] ?? 0) >> 4 !== 4 || end > bytes.length || end < at + 20) return;
  write16(bytes, at + 10, 0);
  write16(bytes, at + 10, checksumOf(bytes.subarray(at, end)));
}

/** Of the whole packet; those of fragments are left alone, since their sum is over more than what is here. */
export function fixChecksums(bytes: Uint8Array): void {
  const places = findPlaces(bytes);
  if (places === undefined) return;
  fixHeaderChecksum(bytes);
  const { protocol, transportAt, sourceAt, destinationAt, addressBytes, fragmentOf } = places;
  const checksumAt = transportAt + (CHECKSUM_AT[protocol] ?? 0);
  if (fragmentOf !== undefined || checksumAt === transportAt || checksumAt + 2 > bytes.length) return;
  write16(bytes, checksumAt, 0);
  const body = bytes.subarray(transportAt);
  const source = bytes.subarray(sourceAt, sourceAt + addressBytes);
  const destination = bytes.subarray(destinationAt, destinationAt + addressBytes);
  const head =
    protocol === ICMP ? new Uint8Array(0) : pseudoHeader(source, destination, protocol, body.length);
  const sum = checksumOf(head, body);
  write16(bytes, checksumAt, protocol === UDP && sum === 0 ? 0xffff : sum);
}
