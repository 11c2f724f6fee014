/** Reads an NXDOMAIN reply so that it also answers for every name below (RFC 8020): only its SOA is kept, uncompressed. */

import type { Message, ResourceRecord } from '../../wire/dns/message.ts';
import { emitName, isWithin, parseName } from '../../wire/dns/name.ts';
import { findSoa, negativeTtl } from '../../wire/dns/ttl.ts';
import type { Absence, Resolution } from './resolution.ts';

const SOA_NUMBERS_BYTES = 20;

/** Undefined if the reply is about another name (a CNAME's target) or has no usable SOA. */
export function readAbsence(message: Message): Resolution | undefined {
  const soa = findSoa(message.records);
  const { header, question, bytes } = message;
  if (soa === undefined || header.answers > 0 || !isWithin(question.name, soa.name)) return undefined;
  const data = uncompressSoa(bytes, soa);
  if (data === undefined) return undefined;
  const absence: Absence = { zone: soa.name, soa: data };
  return { kind: 'absent', absence, ttlSeconds: negativeTtl(soa) };
}

function uncompressSoa(bytes: Uint8Array, { rdataAt, rdata }: ResourceRecord): Uint8Array | undefined {
  const primary = parseName(bytes, rdataAt);
  const mailbox = primary === undefined ? undefined : parseName(bytes, primary.next);
  if (primary === undefined || mailbox === undefined) return undefined;
  const numbers = rdata.subarray(rdata.length - SOA_NUMBERS_BYTES);
  return Uint8Array.from([...emitName(primary.name), ...emitName(mailbox.name), ...numbers]);
}
