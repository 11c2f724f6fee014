/**
 * Second step: answers the questions that are never forwarded: ANY (RFC 8482), special-use names, and the reverse zones of the
 * synthetic ranges and of private addresses (RFC 6303, RFC 7793).
 */
import type { Address, Prefix } from '../../wire/address.ts';
import { Rcode, RecordClass, RecordType } from '../../wire/dns/codes.ts';
import type { Question } from '../../wire/dns/message.ts';
import { emitName } from '../../wire/dns/name.ts';
import { parseReverseName, type ReverseName } from '../../wire/dns/reverse-name.ts';
import { isCovered, isPrivatePrefix } from '../lookup/private-addresses.ts';
import { type Answer, answerAbsence, answerRecords, ownRecord } from './answer.ts';
import { findSpecialZone, loopbackAddresses, nat64Addresses, type SpecialZone } from './special-names.ts';

export interface LocalAnswerContext {
  readonly syntheticRanges: readonly Prefix[];
  readonly allowPrivate: readonly Prefix[];
  /** Whether the name has upstreams of its own: these then also answer special-use names and private reverse zones. */
  readonly isForwarded: (name: string) => boolean;
  /** The hostname of a synthetic address, if the client may know it. */
  readonly nameOf: (address: Address, client: Address) => string | undefined;
}

const SPECIAL_TTL_SECONDS = 600;
/** Short, because the address may be leased to another name later. */
const PTR_TTL_SECONDS = 5;
/** RFC 8482 section 4.2: HINFO with the CPU "RFC8482" and an empty OS. */
const ANY_HINFO = Uint8Array.of(7, ...Buffer.from('RFC8482'), 0);
const ANY_TTL_SECONDS = 3600;

/** Undefined if the question must be resolved by the upstreams. */
export function answerLocally(
  question: Question,
  client: Address,
  context: LocalAnswerContext,
): Answer | undefined {
  if (question.class !== RecordClass.IN) return undefined;
  const isForwarded = context.isForwarded(question.name);
  const zone = isForwarded ? undefined : findSpecialZone(question.name);
  if (zone !== undefined) return answerSpecial(question, zone);
  const reverse = parseReverseName(question.name);
  const local = reverse === undefined ? undefined : answerReverse(question, reverse, client, context);
  if (local !== undefined) return local;
  if (question.type !== RecordType.ANY) return undefined;
  return answerRecords([ownRecord(RecordType.HINFO, ANY_TTL_SECONDS, ANY_HINFO)]);
}

function answerSpecial({ name, type }: Question, { zone, kind }: SpecialZone): Answer {
  if (kind === 'absent') return answerAbsence(name, zone, Rcode.NXDOMAIN);
  const exists = kind === 'loopback' || name === zone || name === `_dns.${zone}`;
  if (!exists) return answerAbsence(name, zone, Rcode.NXDOMAIN);
  const addresses = addressesOf(kind, type);
  if (addresses.length === 0) return answerAbsence(name, zone, Rcode.NOERROR);
  return answerRecords(addresses.map((address) => ownRecord(type, SPECIAL_TTL_SECONDS, address)));
}

function addressesOf(kind: SpecialZone['kind'], type: number): Uint8Array[] {
  if (kind === 'loopback') return loopbackAddresses(type);
  return kind === 'nat64' ? nat64Addresses(type) : [];
}

/** Undefined for the reverse names of public addresses. */
function answerReverse(
  question: Question,
  { prefix, exact }: ReverseName,
  client: Address,
  context: LocalAnswerContext,
): Answer | undefined {
  const synthetic = isCovered(prefix, context.syntheticRanges);
  const { name, type } = question;
  const isPrivate = !context.isForwarded(name) && isPrivatePrefix(prefix, context.allowPrivate);
  if (!synthetic && !isPrivate) return undefined;
  const full = prefix.length === prefix.address.length * 8;
  const zone = exact && !full ? name : parentOf(name);
  // Names above those of addresses exist: NXDOMAIN would mean that no name below them does (RFC 8020).
  if (exact && !full) return answerAbsence(name, zone, Rcode.NOERROR);
  const hostname = exact && synthetic ? context.nameOf(prefix.address, client) : undefined;
  if (hostname === undefined) return answerAbsence(name, zone, Rcode.NXDOMAIN);
  if (type !== RecordType.PTR && type !== RecordType.ANY) return answerAbsence(name, zone, Rcode.NOERROR);
  return answerRecords([ownRecord(RecordType.PTR, PTR_TTL_SECONDS, emitName(hostname))]);
}

function parentOf(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}
