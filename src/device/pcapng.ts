/**
 * Blocks of a capture file of the pcapng format (draft-ietf-opsawg-pcapng section 4): IP packets on several interfaces, with
 * comments. The link type is "Linux cooked capture", a header that says the direction; with RAW, libpcap 1.10 reads the first
 * interface only.
 */
import { ETHER_TYPE_IPV4, ETHER_TYPE_IPV6 } from '../wire/protocol.ts';

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const LINKTYPE_LINUX_SLL = 113;
const COOKED_BYTES = 16;
/** The sender of a packet as the header encodes it: another host, or this one. */
const COOKED_INCOMING = 0;
const COOKED_OUTGOING = 4;
const NO_LINK_ADDRESS = 0xfffe;
/** "Length not specified" (section 4.1). */
const UNKNOWN_LENGTH = 0xffff_ffff;
const OPTION_END = 0;
const OPTION_COMMENT = 1;
const OPTION_INTERFACE_NAME = 2;
const OPTION_DROPPED = 5;
/** Chosen by us; the format has room for 65535, and names in a policy may be longer. */
const MOST_OPTION_BYTES = 4096;
const WORD = 0x1_0000_0000;
/** Type and length before the body, and the length again after it. */
const FRAME_BYTES = 12;

/** The beginning of a file: its interfaces are numbered in this order, from 0. */
export function pcapngHeader(interfaces: readonly string[]): Uint8Array {
  const section = Buffer.alloc(16);
  section.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
  section.writeUInt16LE(1, 4); // version 1.0
  section.writeUInt32LE(UNKNOWN_LENGTH, 8);
  section.writeUInt32LE(UNKNOWN_LENGTH, 12);
  const described = interfaces.map((name) => {
    const fixed = Buffer.alloc(8);
    fixed.writeUInt16LE(LINKTYPE_LINUX_SLL, 0);
    return block(INTERFACE_DESCRIPTION, fixed, option(OPTION_INTERFACE_NAME, name), endOfOptions());
  });
  return Buffer.concat([block(SECTION_HEADER, section), ...described]);
}

export interface CapturedPacket {
  /** Number of its interface. */
  readonly on: number;
  /** Milliseconds since 1970, fractions count. */
  readonly atMs: number;
  /** From the IP header on. */
  readonly bytes: Uint8Array;
  /** Whether the gateway sent it, or received it. */
  readonly isSent: boolean;
  readonly comment: string | null;
}

export function pcapngPacket({ on, atMs, bytes, isSent, comment }: CapturedPacket): Uint8Array {
  const microseconds = Math.round(atMs * 1000);
  const fixed = Buffer.alloc(20);
  fixed.writeUInt32LE(on, 0);
  fixed.writeUInt32LE(Math.floor(microseconds / WORD), 4);
  fixed.writeUInt32LE(microseconds % WORD, 8);
  fixed.writeUInt32LE(COOKED_BYTES + bytes.length, 12);
  fixed.writeUInt32LE(COOKED_BYTES + bytes.length, 16);
  const options = comment === null ? [] : [option(OPTION_COMMENT, comment), endOfOptions()];
  return block(ENHANCED_PACKET, fixed, cookedHeader(bytes, isSent), padded(bytes), ...options);
}

function cookedHeader(bytes: Uint8Array, isSent: boolean): Buffer {
  const header = Buffer.alloc(COOKED_BYTES);
  header.writeUInt16BE(isSent ? COOKED_OUTGOING : COOKED_INCOMING, 0);
  header.writeUInt16BE(NO_LINK_ADDRESS, 2);
  header.writeUInt16BE((bytes[0] ?? 0) >> 4 === 6 ? ETHER_TYPE_IPV6 : ETHER_TYPE_IPV4, COOKED_BYTES - 2);
  return header;
}

/** A block for the end of a file: how many packets of an interface are missing from it. */
export function pcapngLost(on: number, atMs: number, lost: number): Uint8Array {
  const microseconds = Math.round(atMs * 1000);
  const fixed = Buffer.alloc(12);
  fixed.writeUInt32LE(on, 0);
  fixed.writeUInt32LE(Math.floor(microseconds / WORD), 4);
  fixed.writeUInt32LE(microseconds % WORD, 8);
  const dropped = Buffer.alloc(12);
  dropped.writeUInt16LE(OPTION_DROPPED, 0);
  dropped.writeUInt16LE(8, 2);
  dropped.writeBigUInt64LE(BigInt(lost), 4);
  return block(INTERFACE_STATISTICS, fixed, dropped, endOfOptions());
}

function block(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, FRAME_BYTES);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(length, 4);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(length, 0);
  return Buffer.concat([head, ...parts, tail]);
}

function option(code: number, text: string): Buffer {
  const value = Buffer.from(text).subarray(0, MOST_OPTION_BYTES);
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, padded(value)]);
}

function endOfOptions(): Buffer {
  return Buffer.alloc(4, OPTION_END);
}

/** Everything is a multiple of 32 bits. */
function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
