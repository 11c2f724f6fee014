/**
 * Names that are never forwarded: special-use domain names (the IANA registry), each with the RFC that requires it, and the names
 * by which software asks whether it may bypass the local resolver.
 */
import { RecordType } from '../../wire/dns/codes.ts';
import { isWithin } from '../../wire/dns/name.ts';

export interface SpecialZone {
  readonly zone: string;
  /** How names in the zone are answered: NXDOMAIN; the loopback addresses; NODATA at and above `_dns`; the NAT64 addresses. */
  readonly kind: 'absent' | 'loopback' | 'no-data' | 'nat64';
}

const SPECIAL_ZONES: readonly SpecialZone[] = [
  { zone: 'localhost', kind: 'loopback' }, // RFC 6761 section 6.3
  { zone: 'invalid', kind: 'absent' }, // RFC 6761 section 6.4
  { zone: 'test', kind: 'absent' }, // RFC 6761 section 6.2
  { zone: 'local', kind: 'absent' }, // RFC 6762 section 22.1
  { zone: 'onion', kind: 'absent' }, // RFC 7686 section 2
  { zone: 'home.arpa', kind: 'absent' }, // RFC 8375 section 4
  { zone: 'alt', kind: 'absent' }, // RFC 9476 section 3
  { zone: 'resolver.arpa', kind: 'no-data' }, // RFC 9462 section 6.4: no encrypted resolver is designated
  { zone: 'ipv4only.arpa', kind: 'nat64' }, // RFC 8880 section 7.1: no NAT64 here
  { zone: 'use-application-dns.net', kind: 'absent' }, // Mozilla's canary: keep to this resolver
  { zone: 'mask.icloud.com', kind: 'absent' }, // Apple's private relay, likewise
  { zone: 'mask-h2.icloud.com', kind: 'absent' },
];

/** The special zone that the name is in, if any. */
export function findSpecialZone(name: string): SpecialZone | undefined {
  return SPECIAL_ZONES.find(({ zone }) => isWithin(name, zone));
}

/** The addresses of `localhost` (RFC 6761 section 6.3); none for other types. */
export function loopbackAddresses(type: number): Uint8Array[] {
  if (type === RecordType.A) return [Uint8Array.of(127, 0, 0, 1)];
  if (type === RecordType.AAAA) return [Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)];
  return [];
}

/** The addresses of `ipv4only.arpa` (RFC 7050 section 2.2); none for other types. */
export function nat64Addresses(type: number): Uint8Array[] {
  return type === RecordType.A ? [Uint8Array.of(192, 0, 0, 170), Uint8Array.of(192, 0, 0, 171)] : [];
}
