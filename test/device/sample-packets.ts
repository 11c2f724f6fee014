/** Well-formed packets for device tests, written into a slot with their virtio-net header. */
import type { PacketBatch } from '../../src/device/packet-batch.ts';

/** `largest` stays below 64 KiB with a link header before it, or the kernel would segment it. */
export const LENGTH = { ipv4: 20, ipv6: 40, tcp: 20, udp: 8, largest: 65_212 } as const;

const SOURCE4 = [192, 0, 2, 1];
const DESTINATION4 = [192, 0, 2, 2];
const TCP = 6;
const UDP = 17;

interface UdpShape {
  readonly version?: 4 | 6;
  /** Of the whole packet, from the IP header on. */
  readonly length: number;
  readonly tag: number;
}

/** A datagram of documentation addresses; `tag` fills its payload. */
export function fillUdp(batch: PacketBatch, slot: number, { version = 4, length, tag }: UdpShape): void {
  const at = begin(batch, slot, version, length);
  const headerBytes = version === 4 ? LENGTH.ipv4 : LENGTH.ipv6;
  if (version === 4) writeIpv4(batch.view, at, length, UDP);
  else writeIpv6(batch.view, at, length, UDP);
  const udp = at + headerBytes;
  batch.view.setUint16(udp, 4000 + tag);
  batch.view.setUint16(udp + 2, 9);
  batch.view.setUint16(udp + 4, length - headerBytes);
  batch.view.setUint16(udp + 6, version === 4 ? 0 : 0xbeef);
  batch.bytes.fill(tag, udp + LENGTH.udp, at + length);
}

/** TCP over IPv4 that the device is to cut into segments of 1448 bytes, its checksum unfinished. */
export function fillSuperPacket(batch: PacketBatch, slot: number, length: number): void {
  const at = begin(batch, slot, 4, length);
  writeIpv4(batch.view, at, length, TCP);
  const tcp = at + LENGTH.ipv4;
  batch.view.setUint16(tcp, 4000);
  batch.view.setUint16(tcp + 2, 80);
  batch.view.setUint16(tcp + 12, 0x5010); // five words of header, ACK
  for (let i = tcp + LENGTH.tcp; i < at + length; i++) batch.bytes[i] = i % 251;
  const vnet = batch.vnetAt(slot);
  batch.view.setUint8(vnet, 1); // VIRTIO_NET_HDR_F_NEEDS_CSUM
  batch.view.setUint8(vnet + 1, 1); // VIRTIO_NET_HDR_GSO_TCPV4
  for (const [i, field] of [LENGTH.ipv4 + LENGTH.tcp, 1448, LENGTH.ipv4, 16].entries())
    batch.view.setUint16(vnet + 2 + 2 * i, field, true);
}

export function readVnet(batch: PacketBatch, slot: number) {
  const at = batch.vnetAt(slot);
  const field = (i: number) => batch.view.getUint16(at + 2 * i, true);
  return {
    flags: batch.view.getUint8(at),
    gsoType: batch.view.getUint8(at + 1),
    hdrLen: field(1),
    gsoSize: field(2),
    csumStart: field(3),
    csumOffset: field(4),
  };
}

function begin(batch: PacketBatch, slot: number, version: 4 | 6, length: number): number {
  const at = batch.packetAt(slot);
  batch.bytes.fill(0, batch.vnetAt(slot), at + length);
  batch.lengths[slot] = length;
  batch.etherTypes[slot] = version === 4 ? 0x0800 : 0x86dd;
  return at;
}

function writeIpv4(view: DataView, at: number, length: number, protocol: number): void {
  view.setUint8(at, 0x45);
  view.setUint16(at + 2, length);
  view.setUint8(at + 8, 64);
  view.setUint8(at + 9, protocol);
  for (const [i, byte] of [...SOURCE4, ...DESTINATION4].entries()) view.setUint8(at + 12 + i, byte);
  let sum = 0;
  for (let i = 0; i < LENGTH.ipv4; i += 2) sum += view.getUint16(at + i);
  view.setUint16(at + 10, ~((sum & 0xffff) + (sum >>> 16)) & 0xffff);
}

function writeIpv6(view: DataView, at: number, length: number, protocol: number): void {
  view.setUint8(at, 0x60);
  view.setUint16(at + 4, length - LENGTH.ipv6);
  view.setUint8(at + 6, protocol);
  view.setUint8(at + 7, 64);
  for (const host of [0, 1]) {
    view.setUint32(at + 8 + 16 * host, 0x20010db8);
    view.setUint8(at + 8 + 16 * host + 15, host + 1);
  }
}
