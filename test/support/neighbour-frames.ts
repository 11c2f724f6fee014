/** ARP and neighbour discovery for tests, built and read byte by byte, without the code under test. */
import { addressBytes, addressText } from './address-text.ts';
import { buildIcmp } from './build-packet.ts';

export interface NeighbourFrame {
  readonly packet: Uint8Array;
  readonly etherType: number;
}

const ARP = 0x0806;
const IPV6 = 0x86dd;

/** The answer of a neighbour that was asked for; `asker` is the MAC of who asked. */
export function answerNeighbour(address: string, mac: string, asker: string): NeighbourFrame {
  if (!address.includes(':')) return arp(2, { mac, address }, { mac: asker, address: '203.0.113.2' });
  return ndp(136, { from: address, to: '2001:db8:9::2', target: address, flags: 0x60, mac });
}

/** Somebody asks who has `target`. */
export function askNeighbour(target: string, from: { address: string; mac: string }): NeighbourFrame {
  if (!target.includes(':')) return arp(1, from, { mac: '00:00:00:00:00:00', address: target });
  return ndp(135, { from: from.address, to: solicitedNode(target), target, flags: 0, mac: from.mac });
}

/** What a frame of the gateway says: who is asked for, or who claims what. */
export function readNeighbour({ packet, etherType }: NeighbourFrame): {
  kind: 'question' | 'answer';
  target: string;
  mac: string;
  to: string;
} {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  if (etherType === ARP) {
    const isQuestion = view.getUint16(6) === 1;
    const sender = addressText(packet.subarray(14, 18));
    const target = addressText(packet.subarray(24, 28));
    const mac = macText(packet.subarray(8, 14));
    return isQuestion && sender !== target
      ? { kind: 'question', target, mac, to: '' }
      : { kind: 'answer', target: sender, mac, to: target };
  }
  return {
    kind: view.getUint8(40) === 135 ? 'question' : 'answer',
    target: addressText(packet.subarray(48, 64)),
    mac: macText(packet.subarray(66, 72)),
    to: addressText(packet.subarray(24, 40)),
  };
}

export function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

interface Station {
  readonly mac: string;
  readonly address: string;
}

function arp(operation: 1 | 2, sender: Station, target: Station): NeighbourFrame {
  const station = ({ mac, address }: Station) => [...macBytes(mac), ...addressBytes(address)];
  const packet = Uint8Array.of(0, 1, 8, 0, 6, 4, 0, operation, ...station(sender), ...station(target));
  return { packet, etherType: ARP };
}

function ndp(
  type: 135 | 136,
  fields: { from: string; to: string; target: string; flags: number; mac: string },
): NeighbourFrame {
  const option = [type === 135 ? 1 : 2, 1, ...macBytes(fields.mac)];
  const target = addressBytes(fields.target);
  const message = Uint8Array.of(type, 0, 0, 0, fields.flags, 0, 0, 0, ...target, ...option);
  return { packet: buildIcmp({ from: fields.from, to: fields.to, ttl: 255 }, message), etherType: IPV6 };
}

function solicitedNode(address: string): string {
  const bytes = addressBytes(address);
  const group = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, ...bytes.subarray(13));
  return addressText(group);
}

function macBytes(mac: string): number[] {
  return mac.split(':').map((byte) => Number.parseInt(byte, 16));
}
