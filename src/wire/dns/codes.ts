/**
 * The numbers of the IANA registry "Domain Name System (DNS) Parameters" that syngate acts on. Every other type,
 * class and code passes through unnamed (RFC 3597, RFC 5625 section 4.3).
 */
export const RecordType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DNAME: 39,
  OPT: 41,
  SVCB: 64,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const;

export const RecordClass = { IN: 1, CH: 3, ANY: 255 } as const;

export const Opcode = { QUERY: 0 } as const;

/** RFC 1035 section 4.1.1; those above 15 need EDNS (RFC 6891 section 6.1.3). */
export const Rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
  BADCOOKIE: 23,
} as const;

const TYPE_NAMES = namesOf(RecordType);
const RCODE_NAMES = namesOf(Rcode);

/** `AAAA`; `TYPE65399` for a type without a name here (RFC 3597 section 5). */
export function nameType(type: number): string {
  return TYPE_NAMES.get(type) ?? `TYPE${type}`;
}

export function nameRcode(rcode: number): string {
  return RCODE_NAMES.get(rcode) ?? `RCODE${rcode}`;
}

function namesOf(codes: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(codes).map(([name, code]): [number, string] => [code, name]));
}

/** EDNS option codes. */
export const OptionCode = { COOKIE: 10, TCP_KEEPALIVE: 11, PADDING: 12, EXTENDED_ERROR: 15 } as const;

/** Extended DNS error codes (RFC 8914 section 4; 29 from the registry). */
export const ExtendedErrorCode = {
  OTHER: 0,
  STALE_ANSWER: 3,
  FORGED_ANSWER: 4,
  CACHED_ERROR: 13,
  BLOCKED: 15,
  FILTERED: 17,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
  INVALID_DATA: 24,
  SYNTHESIZED: 29,
} as const;
