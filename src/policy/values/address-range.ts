/**
 * Address literals, and ranges of addresses of one family, both ends included. A prefix is read as the range it covers.
 * The functions return the value, or the engine's error message as a string.
 */
import { type Address, maskAddress, parseAddress } from '../../wire/address.ts';

export interface AddressRange {
  readonly first: Address;
  readonly last: Address;
}

const BAD_ADDRESS = "couldn't parse address in network: invalid IP address syntax";
const BAD_LENGTH = "couldn't parse length in network";
const HOST_BITS_SET = 'host part of address was not zero';
const SHORT_IPV4 = /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){0,2}$/;
const LOOSE_IPV4 = /^\d+(?:\.\d+){0,3}(?=\/|$)/;

/** The address, or an error message. */
export function readAddress(text: string): Address | string {
  return parseAddress(text) ?? BAD_ADDRESS;
}

/** The range, or an error message. Reads `192.0.2.1`, `192.0.2.0/24`, the short `192.0.2/24`, or `192.0.2.1..192.0.2.9`. */
export function readRange(text: string): AddressRange | string {
  const dots = text.indexOf('..');
  if (dots !== -1) return readBounds(text.slice(0, dots), text.slice(dots + 2));
  const slash = text.lastIndexOf('/');
  if (slash !== -1) return readPrefix(text.slice(0, slash), text.slice(slash + 1));
  const address = parseAddress(text);
  return address === undefined ? BAD_ADDRESS : { first: address, last: address };
}

/**
 * Reads an item of a set, which the engine parses more leniently than other literals: missing trailing bytes are zero even
 * without a prefix length, and leading zeros are ignored. `192.0.2` is the single address 192.0.2.0.
 */
export function readItem(text: string): AddressRange | string {
  return readRange(text.replace(LOOSE_IPV4, (address) => fillIpv4(address.split('.').map(Number))));
}

/** The part of a range's text that the engine points at for this message; half-open offsets. */
export function faultyPart(text: string, message: string): { readonly start: number; readonly end: number } {
  const dots = text.indexOf('..');
  const slash = text.indexOf('/');
  if (dots !== -1 && message === BAD_ADDRESS)
    return parseAddress(text.slice(0, dots)) === undefined
      ? { start: 0, end: dots }
      : { start: dots + 2, end: text.length };
  if (dots !== -1 || slash === -1) return { start: 0, end: text.length };
  if (message === BAD_ADDRESS || message === HOST_BITS_SET) return { start: 0, end: slash };
  return { start: message.startsWith(BAD_LENGTH) ? slash + 1 : 0, end: text.length };
}

/** Negative, 0 or positive, by bytes. IPv4 comes before IPv6 for sorting only: no operator compares across families. */
export function compareAddresses(one: Address, other: Address): number {
  if (one.length !== other.length) return one.length - other.length;
  for (let index = 0; index < one.length; index++) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function readBounds(firstText: string, lastText: string): AddressRange | string {
  const first = parseAddress(firstText);
  const last = parseAddress(lastText);
  if (first === undefined || last === undefined) return BAD_ADDRESS;
  const ordered = first.length === last.length && compareAddresses(first, last) <= 0;
  return ordered ? { first, last } : 'incompatible range bounds';
}

function readPrefix(addressText: string, lengthText: string): AddressRange | string {
  const address = parseAddress(lengthenIpv4(addressText));
  if (address === undefined) return BAD_ADDRESS;
  if (lengthText === '') return `${BAD_LENGTH}: cannot parse integer from empty string`;
  if (!/^\d+$/.test(lengthText)) return `${BAD_LENGTH}: invalid digit found in string`;
  const length = Number(lengthText);
  const bits = address.length * 8;
  if (length > 0xff) return `${BAD_LENGTH}: number too large to fit in target type`;
  if (length > bits) {
    const family = bits === 32 ? 'Ipv4' : 'Ipv6';
    return `invalid length for network: Network length ${length} is too long for ${family} (maximum: ${bits})`;
  }
  if (compareAddresses(maskAddress(address, length), address) !== 0) return HOST_BITS_SET;
  return { first: address, last: lastOfPrefix(address, length) };
}

function lengthenIpv4(text: string): string {
  if (!SHORT_IPV4.test(text)) return text;
  return fillIpv4(text.split('.'));
}

function fillIpv4(bytes: readonly (string | number)[]): string {
  return [...bytes, 0, 0, 0].slice(0, 4).join('.');
}

function lastOfPrefix(address: Address, length: number): Address {
  return address.map((byte, index) => {
    const bits = Math.min(8, Math.max(0, length - index * 8));
    return byte | (0xff >> bits);
  });
}
