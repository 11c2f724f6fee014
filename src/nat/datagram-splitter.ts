/**
 * Software UDP segmentation (GSO) of IPv4 super-packets, as a device would do it (virtio 1.2 section 5.1.6.2), for links
 * whose MTU is below the datagram size: the datagrams are then fragmented (row U14). TCP needs none of this: its segments
 * may have any size.
 */
import { fold, sumBytes } from '../wire/checksum.ts';
import { writeWholeHeader } from '../wire/fragment.ts';
import { ipv4AddressSum, ipv4Identification, setIpv4Identification } from '../wire/ipv4.ts';
import type { PacketView } from '../wire/packet-view.ts';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/protocol.ts';
import { TCP_CHECKSUM } from '../wire/tcp.ts';
import { UDP_CHECKSUM, UDP_HEADER_BYTES, UDP_LENGTH } from '../wire/udp.ts';

/** Writes datagram number `index` of a super-packet whose datagrams have `size` bytes of payload; returns its length. */
export function writeDatagram(
  packet: PacketView,
  to: { readonly view: DataView; readonly at: number },
  size: number,
  index: number,
): number {
  const { view, at } = to;
  const headerBytes = packet.transportAt - packet.at + UDP_HEADER_BYTES;
  const from = packet.at + headerBytes + index * size;
  const payload = Math.min(size, packet.end - from);
  copy(packet.view, packet.at, to, 0, headerBytes);
  copy(packet.view, from, to, headerBytes, payload);
  const length = headerBytes + payload;
  setIpv4Identification(view, at, (ipv4Identification(view, at) + index) & 0xffff);
  writeWholeHeader(view, at, length, PROTOCOL_UDP, 0);
  const transport = at + packet.transportAt - packet.at;
  const bytes = UDP_HEADER_BYTES + payload;
  view.setUint16(transport + UDP_LENGTH, bytes);
  // A partial checksum, which `finish` completes.
  view.setUint16(transport + UDP_CHECKSUM, fold(ipv4AddressSum(view, at) + PROTOCOL_UDP + bytes));
  finish(view, transport, bytes, PROTOCOL_UDP);
  return length;
}

/** Completes a partial checksum, which is the pseudo-header's sum, where no device will. */
export function finishChecksum({ view, transportAt, end, protocol }: PacketView): void {
  finish(view, transportAt, end - transportAt, protocol);
}

function finish(view: DataView, at: number, bytes: number, protocol: number): void {
  const field = at + (protocol === PROTOCOL_TCP ? TCP_CHECKSUM : UDP_CHECKSUM);
  const sum = ~sumBytes(view, at, bytes) & 0xffff;
  // Zero would mean that there is no checksum (RFC 768).
  view.setUint16(field, protocol === PROTOCOL_UDP && sum === 0 ? 0xffff : sum);
}

function copy(
  view: DataView,
  from: number,
  to: { readonly view: DataView; readonly at: number },
  offset: number,
  bytes: number,
): void {
  const source = new Uint8Array(view.buffer, view.byteOffset + from, bytes);
  new Uint8Array(to.view.buffer, to.view.byteOffset + to.at + offset, bytes).set(source);
}
