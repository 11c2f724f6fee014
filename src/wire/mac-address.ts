/** Ethernet addresses (IEEE 802, EUI-48) as values, and the mapping of IPv6 multicast to them (RFC 2464 section 7). */
import type { Address } from './address.ts';

/** 6 bytes, network order. Treated as immutable. */
export type MacAddress = Uint8Array;

export const MAC_BYTES = 6;
export const BROADCAST_MAC: MacAddress = new Uint8Array(MAC_BYTES).fill(0xff);
/** "Unknown", as in the target field of ARP requests. */
export const ZERO_MAC: MacAddress = new Uint8Array(MAC_BYTES);

const GROUP_BIT = 0x01;

/** The address a text such as `02:00:5e:10:00:09` spells, or undefined. */
export function parseMac(text: string): MacAddress | undefined {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return undefined;
  return Uint8Array.from(text.split(':'), (pair) => Number.parseInt(pair, 16));
}

export function formatMac(mac: MacAddress): string {
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

export function macsEqual(one: MacAddress, other: MacAddress): boolean {
  return one.every((byte, index) => byte === other[index]);
}

/** Whether one station can own this address: not a group address, not all zeros. */
export function isStationMac(mac: MacAddress): boolean {
  return ((mac[0] ?? 0) & GROUP_BIT) === 0 && mac.some((byte) => byte !== 0);
}

/** Where frames to an IPv6 multicast address go: 33:33 and its last four bytes. */
export function multicastMac(group: Address): MacAddress {
  return Uint8Array.of(0x33, 0x33, ...group.subarray(-4));
}

/** A copy of the address at an offset. */
export function readMac(bytes: DataView, at: number): MacAddress {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + at, MAC_BYTES).slice();
}

export function writeMac(bytes: DataView, at: number, mac: MacAddress): void {
  new Uint8Array(bytes.buffer, bytes.byteOffset + at, MAC_BYTES).set(mac);
}
