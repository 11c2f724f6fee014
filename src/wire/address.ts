/**
 * IP addresses and prefixes as values: the bytes of the address in network order, 4 of them for IPv4 and 16 for
 * IPv6, so that the length tells the family. Text is parsed once, strictly, and printed in RFC 5952 form.
 */
import ipaddr from 'ipaddr.js';

/** 4 bytes (IPv4) or 16 bytes (IPv6), network order. Treated as immutable. */
export type Address = Uint8Array;

export type Family = 4 | 6;

export interface Prefix {
  /** The first address; its host bits are zero. */
  readonly address: Address;
  /** Leading bits that count: 0–32 or 0–128. */
  readonly length: number;
}

const IPV4_BYTES = 4;
/** RFC 3986 section 3.2.2, `IPv4address`, with numbers up to 999. */
const DOTTED_QUAD = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

export function familyOf(address: Address): Family {
  return address.length === IPV4_BYTES ? 4 : 6;
}

/**
 * The address a text spells, or undefined. Only dotted quads and RFC 4291 section 2.2 forms: no octal, hexadecimal
 * or shortened IPv4 (which ipaddr.js would take), no zone index, no brackets.
 */
export function parseAddress(text: string): Address | undefined {
  // Lists of a million entries are read with this; ipaddr.js takes twenty times as long to reject a text.
  if (!text.includes(':')) return parseDottedQuad(text);
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !ipaddr.IPv6.isValid(text)) return undefined;
  const tail = text.slice(text.lastIndexOf(':') + 1);
  if (tail.includes('.') && parseDottedQuad(tail) === undefined) return undefined;
  return Uint8Array.from(ipaddr.IPv6.parse(text).toByteArray());
}

function parseDottedQuad(text: string): Address | undefined {
  const numbers = DOTTED_QUAD.exec(text)?.slice(1).map(Number);
  return numbers?.every((number) => number <= 0xff) ? Uint8Array.from(numbers) : undefined;
}

/** The canonical text: dotted quad, or RFC 5952. */
export function formatAddress(address: Address): string {
  return familyOf(address) === 4 ? address.join('.') : new ipaddr.IPv6(Array.from(address)).toRFC5952String();
}

/** The prefix `text` spells (`10.64.0.0/24`; a bare address is a host prefix); undefined if malformed or host bits are set. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const bits = address.length * 8;
  const lengthText = slash === -1 ? String(bits) : text.slice(slash + 1);
  const length = Number(lengthText);
  if (!/^(0|[1-9]\d{0,2})$/.test(lengthText) || length > bits) return undefined;
  return addressesEqual(maskAddress(address, length), address) ? { address, length } : undefined;
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.address)}/${prefix.length}`;
}

/** The address with all bits after the first `length` cleared. */
export function maskAddress(address: Address, length: number): Address {
  return address.map((byte, index) => byte & byteMask(length, index));
}

/** Whether the address is of the prefix's family and inside it. */
export function prefixContains(prefix: Prefix, address: Address): boolean {
  if (prefix.address.length !== address.length) return false;
  return prefix.address.every(
    (byte, index) => byte === ((address[index] ?? 0) & byteMask(prefix.length, index)),
  );
}

/** Whether the two prefixes share an address. */
export function prefixesOverlap(one: Prefix, other: Prefix): boolean {
  return one.length <= other.length ? prefixContains(one, other.address) : prefixContains(other, one.address);
}

export function addressesEqual(one: Address, other: Address): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** The address's bytes as text, one character per byte: fast, and only good as a key. */
export function addressKey(address: Address): string {
  return String.fromCharCode(...address);
}

/** The reverse of `addressKey`. */
export function addressOfKey(key: string): Address {
  return Uint8Array.from(key, (character) => character.charCodeAt(0));
}

function byteMask(length: number, index: number): number {
  const bits = Math.min(8, Math.max(0, length - index * 8));
  return (0xff << (8 - bits)) & 0xff;
}
