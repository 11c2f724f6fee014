/**
 * ARP for IPv4 over Ethernet (RFC 826). Functions read and write in place at `at`, the first byte after the link
 * header. Callers have already called `checkArp`.
 *
 *      0               2               4       5       6
 *      | hardware type | protocol type | hlen  | plen  | operation
 *      8               14              18              24              28
 *      | sender MAC    | sender IP     | target MAC    | target IP     |
 */
import type { DropReason } from '../report/drop-reason.ts';
import type { Address } from './address.ts';
import { MAC_BYTES, type MacAddress, readMac, writeMac } from './mac-address.ts';
import { ETHER_TYPE_IPV4 } from './protocol.ts';

const IPV4_BYTES = 4;
const HARDWARE_TYPE = 0;
const PROTOCOL_TYPE = HARDWARE_TYPE + 2;
const HARDWARE_LENGTH = PROTOCOL_TYPE + 2;
const PROTOCOL_LENGTH = HARDWARE_LENGTH + 1;
const OPERATION = PROTOCOL_LENGTH + 1;
const SENDER_MAC = OPERATION + 2;
const SENDER_ADDRESS = SENDER_MAC + MAC_BYTES;
const TARGET_MAC = SENDER_ADDRESS + IPV4_BYTES;
const TARGET_ADDRESS = TARGET_MAC + MAC_BYTES;
export const ARP_BYTES = TARGET_ADDRESS + IPV4_BYTES;

const HARDWARE_ETHERNET = 1;
export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

/** One message as a value. */
export interface ArpMessage {
  readonly operation: typeof ARP_REQUEST | typeof ARP_REPLY;
  readonly senderMac: MacAddress;
  readonly senderAddress: Address;
  readonly targetMac: MacAddress;
  readonly targetAddress: Address;
}

/** Why this message cannot be used, or undefined when every accessor is safe. Padding after it is allowed. */
export function checkArp(view: DataView, at: number, end: number): DropReason | undefined {
  if (end - at < ARP_BYTES) return 'arp-malformed';
  const forEthernet =
    view.getUint16(at + HARDWARE_TYPE) === HARDWARE_ETHERNET &&
    view.getUint8(at + HARDWARE_LENGTH) === MAC_BYTES;
  const forIpv4 =
    view.getUint16(at + PROTOCOL_TYPE) === ETHER_TYPE_IPV4 &&
    view.getUint8(at + PROTOCOL_LENGTH) === IPV4_BYTES;
  const code = arpOperation(view, at);
  return forEthernet && forIpv4 && (code === ARP_REQUEST || code === ARP_REPLY) ? undefined : 'arp-malformed';
}

/** `ARP_REQUEST` or `ARP_REPLY`. */
export function arpOperation(view: DataView, at: number): number {
  return view.getUint16(at + OPERATION);
}

export function arpSenderMac(view: DataView, at: number): MacAddress {
  return readMac(view, at + SENDER_MAC);
}

export function arpSenderAddress(view: DataView, at: number): Address {
  return readIpv4(view, at + SENDER_ADDRESS);
}

export function arpTargetMac(view: DataView, at: number): MacAddress {
  return readMac(view, at + TARGET_MAC);
}

export function arpTargetAddress(view: DataView, at: number): Address {
  return readIpv4(view, at + TARGET_ADDRESS);
}

/** Writes a whole message and returns its length. */
export function emitArp(view: DataView, at: number, message: ArpMessage): number {
  view.setUint16(at + HARDWARE_TYPE, HARDWARE_ETHERNET);
  view.setUint16(at + PROTOCOL_TYPE, ETHER_TYPE_IPV4);
  view.setUint8(at + HARDWARE_LENGTH, MAC_BYTES);
  view.setUint8(at + PROTOCOL_LENGTH, IPV4_BYTES);
  view.setUint16(at + OPERATION, message.operation);
  writeMac(view, at + SENDER_MAC, message.senderMac);
  writeIpv4(view, at + SENDER_ADDRESS, message.senderAddress);
  writeMac(view, at + TARGET_MAC, message.targetMac);
  writeIpv4(view, at + TARGET_ADDRESS, message.targetAddress);
  return ARP_BYTES;
}

function readIpv4(view: DataView, at: number): Address {
  return new Uint8Array(view.buffer, view.byteOffset + at, IPV4_BYTES).slice();
}

function writeIpv4(view: DataView, at: number, address: Address): void {
  new Uint8Array(view.buffer, view.byteOffset + at, IPV4_BYTES).set(address);
}
