/**
 * Neighbour solicitations and advertisements (RFC 4861 sections 4.3 and 4.4), whole packets: `at` is the first byte of
 * the IPv6 header, and nothing but the ICMPv6 message follows it. Callers have already asked `checkNdp`.
 *
 *      | type | code | checksum | flags (R S O, advertisements only) |
 *      |                  target address (128 bits)                  |
 *      | option type | length in 8 bytes | link-layer address …      |
 */
import type { DropReason } from '../report/drop-reason.ts';
import type { Address } from './address.ts';
import { sumBytes } from './checksum.ts';
import { checkIpv6, emitIpv6, IPV6_HEADER_BYTES, ipv6PayloadLength } from './ipv6.ts';
import { MAC_BYTES, type MacAddress, readMac, writeMac } from './mac-address.ts';
import { PROTOCOL_ICMPV6 } from './protocol.ts';

export const NDP_SOLICITATION = 135;
export const NDP_ADVERTISEMENT = 136;

const IPV6_BYTES = 16;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
const SOURCE = 8;
const DESTINATION = SOURCE + IPV6_BYTES;
const TYPE = IPV6_HEADER_BYTES;
const CODE = TYPE + 1;
const CHECKSUM = CODE + 1;
const FLAGS = CHECKSUM + 2;
const TARGET = FLAGS + 4;
const OPTIONS = TARGET + IPV6_BYTES;

const FLAG_SOLICITED = 0x40;
const FLAG_OVERRIDE = 0x20;
const OPTION_SOURCE_MAC = 1;
const OPTION_TARGET_MAC = 2;
const OPTION_UNIT = 8;
/** Proves that a neighbour sent the packet: no router has forwarded it (RFC 4861 section 3.1). */
const UNTOUCHED_HOP_LIMIT = 255;

/** ff02::1, every node on the link. */
export const ALL_NODES: Address = Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
/** ::, the source of a node that has no address yet. */
export const UNSPECIFIED: Address = new Uint8Array(IPV6_BYTES);
const SOLICITED_NODE_PREFIX = [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff];

export interface NdpMessage {
  readonly type: typeof NDP_SOLICITATION | typeof NDP_ADVERTISEMENT;
  readonly source: Address;
  readonly destination: Address;
  readonly target: Address;
  /** The sender's MAC in a solicitation, the target's in an advertisement; undefined leaves the option out. */
  readonly mac: MacAddress | undefined;
  /** False in solicitations. */
  readonly solicited: boolean;
  readonly override: boolean;
}

/** The group a node with this address listens to (RFC 4291 section 2.7.1). */
export function solicitedNodeAddress(address: Address): Address {
  return Uint8Array.of(...SOLICITED_NODE_PREFIX, ...address.subarray(13));
}

/** Whether a well-formed IPv6 packet is a neighbour solicitation or advertisement: only those are for `checkNdp`. */
export function isNdp(view: DataView, at: number, end: number): boolean {
  if (end - at <= TYPE || view.getUint8(at + NEXT_HEADER) !== PROTOCOL_ICMPV6) return false;
  const type = ndpType(view, at);
  return type === NDP_SOLICITATION || type === NDP_ADVERTISEMENT;
}

/** Why the message must be ignored (RFC 4861 sections 7.1.1 and 7.1.2), or undefined when every accessor is safe. */
export function checkNdp(view: DataView, at: number, end: number): DropReason | undefined {
  const unreadable = checkIpv6(view, at, end - at);
  if (unreadable !== undefined) return unreadable;
  if (view.getUint8(at) >> 4 !== 6) return 'ip-bad-version';
  const messageBytes = ipv6PayloadLength(view, at);
  if (messageBytes < OPTIONS - TYPE || !isNdp(view, at, end)) return 'ndp-malformed';
  if (view.getUint8(at + HOP_LIMIT) !== UNTOUCHED_HOP_LIMIT) return 'ndp-malformed';
  if (sumMessage(view, at, messageBytes) !== 0xffff) return 'transport-bad-checksum';
  const sound =
    view.getUint8(at + CODE) === 0 &&
    !isMulticast(ndpTarget(view, at)) &&
    optionsAreSound(view, at) &&
    (ndpType(view, at) === NDP_SOLICITATION ? solicitationIsSound(view, at) : advertisementIsSound(view, at));
  return sound ? undefined : 'ndp-malformed';
}

export function ndpType(view: DataView, at: number): number {
  return view.getUint8(at + TYPE);
}

export function ndpSource(view: DataView, at: number): Address {
  return readAddress(view, at + SOURCE);
}

export function ndpDestination(view: DataView, at: number): Address {
  return readAddress(view, at + DESTINATION);
}

export function ndpTarget(view: DataView, at: number): Address {
  return readAddress(view, at + TARGET);
}

/** The advertisement answers a solicitation of ours. */
export function ndpSolicited(view: DataView, at: number): boolean {
  return (view.getUint8(at + FLAGS) & FLAG_SOLICITED) !== 0;
}

/** The advertisement may replace a known MAC. */
export function ndpOverride(view: DataView, at: number): boolean {
  return (view.getUint8(at + FLAGS) & FLAG_OVERRIDE) !== 0;
}

/** The source link-layer option of a solicitation, the target link-layer option of an advertisement. */
export function ndpMac(view: DataView, at: number): MacAddress | undefined {
  const wanted = ndpType(view, at) === NDP_SOLICITATION ? OPTION_SOURCE_MAC : OPTION_TARGET_MAC;
  const end = at + IPV6_HEADER_BYTES + ipv6PayloadLength(view, at);
  let option = at + OPTIONS;
  while (option < end) {
    if (view.getUint8(option) === wanted) return readMac(view, option + 2);
    option += view.getUint8(option + 1) * OPTION_UNIT;
  }
  return undefined;
}

/** Writes a whole packet, IPv6 header included, and returns its length. */
export function emitNdp(view: DataView, at: number, message: NdpMessage): number {
  const payloadLength = OPTIONS - TYPE + (message.mac === undefined ? 0 : OPTION_UNIT);
  emitIpv6(view, at, {
    addresses: addressWords(message.source, message.destination),
    nextHeader: PROTOCOL_ICMPV6,
    payloadLength,
    hopLimit: UNTOUCHED_HOP_LIMIT,
  });
  view.setUint8(at + TYPE, message.type);
  view.setUint8(at + CODE, 0);
  view.setUint16(at + CHECKSUM, 0);
  const flags = (message.solicited ? FLAG_SOLICITED : 0) | (message.override ? FLAG_OVERRIDE : 0);
  view.setUint32(at + FLAGS, 0);
  view.setUint8(at + FLAGS, message.type === NDP_ADVERTISEMENT ? flags : 0);
  writeAddress(view, at + TARGET, message.target);
  if (message.mac !== undefined) emitMacOption(view, at + OPTIONS, message.type, message.mac);
  view.setUint16(at + CHECKSUM, ~sumMessage(view, at, payloadLength) & 0xffff);
  return IPV6_HEADER_BYTES + payloadLength;
}

function emitMacOption(view: DataView, at: number, type: number, mac: MacAddress): void {
  view.setUint8(at, type === NDP_SOLICITATION ? OPTION_SOURCE_MAC : OPTION_TARGET_MAC);
  view.setUint8(at + 1, 1);
  writeMac(view, at + 2, mac);
}

/** Sum of the message and its pseudo-header (RFC 8200 section 8.1); 0xffff when its checksum is right. */
function sumMessage(view: DataView, at: number, messageBytes: number): number {
  const addresses = sumBytes(view, at + SOURCE, 2 * IPV6_BYTES, PROTOCOL_ICMPV6 + messageBytes);
  return sumBytes(view, at + TYPE, messageBytes, addresses);
}

/** No option is empty or runs past the packet, and the link-layer ones have the size of Ethernet's. */
function optionsAreSound(view: DataView, at: number): boolean {
  const end = at + IPV6_HEADER_BYTES + ipv6PayloadLength(view, at);
  let option = at + OPTIONS;
  while (option < end) {
    if (option + OPTION_UNIT > end) return false;
    const type = view.getUint8(option);
    const units = view.getUint8(option + 1);
    const isMac = type === OPTION_SOURCE_MAC || type === OPTION_TARGET_MAC;
    if (units === 0 || (isMac && units * OPTION_UNIT !== 2 + MAC_BYTES)) return false;
    option += units * OPTION_UNIT;
  }
  return option === end;
}

/** A node without an address asks the group, and has no MAC to offer (RFC 4861 section 7.1.1). */
function solicitationIsSound(view: DataView, at: number): boolean {
  if (ndpSource(view, at).some((byte) => byte !== 0)) return true;
  const group = SOLICITED_NODE_PREFIX;
  const destination = ndpDestination(view, at);
  return group.every((byte, index) => byte === destination[index]) && ndpMac(view, at) === undefined;
}

/** An advertisement to a multicast group must not be solicited (RFC 4861 section 7.1.2). */
function advertisementIsSound(view: DataView, at: number): boolean {
  return !(isMulticast(ndpDestination(view, at)) && ndpSolicited(view, at));
}

function isMulticast(address: Address): boolean {
  return address[0] === 0xff;
}

function addressWords(source: Address, destination: Address): Uint32Array {
  const words = new Uint32Array(8);
  const sourceView = new DataView(source.buffer, source.byteOffset);
  const destinationView = new DataView(destination.buffer, destination.byteOffset);
  for (let word = 0; word < 4; word++) {
    words[word] = sourceView.getUint32(word * 4);
    words[word + 4] = destinationView.getUint32(word * 4);
  }
  return words;
}

function readAddress(view: DataView, at: number): Address {
  return new Uint8Array(view.buffer, view.byteOffset + at, IPV6_BYTES).slice();
}

function writeAddress(view: DataView, at: number, address: Address): void {
  new Uint8Array(view.buffer, view.byteOffset + at, IPV6_BYTES).set(address);
}
