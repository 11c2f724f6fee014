/**
 * Takes a super-packet of UDP over IPv4 apart in software, as a device would (virtio 1.2 section 5.1.6.2): for a link that is
 * too narrow for its datagrams, which are then cut into fragments (row U14). Of TCP no such thing is needed: its segments
 * may have any size.
 */
import { fold, sumBytes } from '../wire/checksum.ts';
import { writeWholeHeader } from '../wire/fragment.ts';
import { ipv4AddressSum, ipv4Identification, setIpv4Identification } from '../wire/ipv4.ts';
import type { PacketView } from '../wire/packet-view.ts';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/protocol.ts';
import { TCP_CHECKSUM } from '../wire/tcp.ts';
import { UDP_CHECKSUM, UDP_HEADER_BYTES, UDP_LENGTH } from '../wire/udp.ts';

/** Writes datagram number `index` of a super-packet whose datagrams have `size` bytes of payload; its length. */
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
  // As a partial checksum, which is then finished.
  view.setUint16(transport + UDP_CHECKSUM, fold(ipv4AddressSum(view, at) + PROTOCOL_UDP + bytes));
  finish(view, transport, bytes, PROTOCOL_UDP);
  return length;
}

/** Finishes the partial checksum of a packet that no device will finish: it holds the pseudo-header's sum. */
export function finishChecksum({ view, transportAt, end, protocol }: PacketView): void {
  finish(view, transportAt, end - transportAt, protocol);
}

function finish(view: DataView, at: number, bytes: number, protocol: number): void {
  const field = at + (protocol === PROTOCOL_TCP ? TCP_CHECKSUM : UDP_CHECKSUM);
  const sum = ~sumBytes(view, at, bytes) & 0xffff;
  // A sum of zero would say that there is none (RFC 768).
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
