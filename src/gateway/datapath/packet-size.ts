/** How large a slot's packet is on a link, to which a super-packet goes in segments (virtio 1.2 section 5.1.6.2). */
import type { PacketBatch } from '../../device/packet-batch.ts';
import type { PacketView } from '../../wire/packet-view.ts';
import { PROTOCOL_TCP } from '../../wire/protocol.ts';
import { tcpHeaderBytes } from '../../wire/tcp.ts';
import { UDP_HEADER_BYTES } from '../../wire/udp.ts';
import { isSuperPacket, segmentBytes, setSegmentBytes } from '../../wire/virtio-net.ts';

/** Bytes of the packet, or of the largest segment of a super-packet. */
export function linkBytes(batch: PacketBatch, slot: number, packet: PacketView): number {
  const whole = packet.end - packet.at;
  const vnet = batch.vnetAt(slot);
  if (!isSuperPacket(batch.view, vnet)) return whole;
  return Math.min(whole, headerBytes(packet) + segmentBytes(batch.view, vnet));
}

/** How many packets it becomes on a link; 1 unless it is a super-packet. */
export function segmentCount(batch: PacketBatch, slot: number, packet: PacketView): number {
  const vnet = batch.vnetAt(slot);
  if (!isSuperPacket(batch.view, vnet)) return 1;
  const payload = packet.end - packet.at - headerBytes(packet);
  return Math.max(1, Math.ceil(payload / Math.max(1, segmentBytes(batch.view, vnet))));
}

/**
 * Lowers the segment size of a TCP super-packet, which may be any, so that its segments fit `mtu`; false for a packet that
 * must be fragmented.
 */
export function narrowSegments(batch: PacketBatch, slot: number, packet: PacketView, mtu: number): boolean {
  const vnet = batch.vnetAt(slot);
  if (packet.protocol !== PROTOCOL_TCP || !isSuperPacket(batch.view, vnet)) return false;
  setSegmentBytes(batch.view, vnet, mtu - headerBytes(packet));
  return true;
}

function headerBytes({ view, at, transportAt, protocol }: PacketView): number {
  const transport = protocol === PROTOCOL_TCP ? tcpHeaderBytes(view, transportAt) : UDP_HEADER_BYTES;
  return transportAt - at + transport;
}
