/**
 * The virtio-net header in front of each packet between the TUN, the packet socket and us (virtio 1.2 section
 * 5.1.6, struct virtio_net_hdr, 10 bytes, in the host's byte order: little-endian on what syngate runs on).
 *
 *      0       1         2..3      4..5       6..7         8..9
 *      flags   gso_type  hdr_len   gso_size   csum_start   csum_offset
 */
const FLAGS = 0;
const GSO_TYPE = 1;
const HEADER_LENGTH = 2;
const SEGMENT_BYTES = 4;
const CHECKSUM_START = 6;
const CHECKSUM_OFFSET = 8;
export const VIRTIO_NET_BYTES = CHECKSUM_OFFSET + 2;

const NEEDS_CHECKSUM = 0x01;

/** Whether the transport checksum is partial: only the pseudo-header's folded sum, not complemented. */
export function needsChecksum(view: DataView, at: number): boolean {
  return (view.getUint8(at + FLAGS) & NEEDS_CHECKSUM) !== 0;
}

/** Offset, from the packet's first byte, from which a partial checksum must be summed. */
export function checksumStart(view: DataView, at: number): number {
  return view.getUint16(at + CHECKSUM_START, true);
}

/** Offset, from the packet's first byte, of the checksum field. */
export function checksumField(view: DataView, at: number): number {
  return checksumStart(view, at) + view.getUint16(at + CHECKSUM_OFFSET, true);
}

/** Whether the packet is a super-packet, to be segmented by the device that sends it. */
export function isSuperPacket(view: DataView, at: number): boolean {
  return view.getUint8(at + GSO_TYPE) !== 0;
}

/** Bytes of payload in each segment of a super-packet but the last. */
export function segmentBytes(view: DataView, at: number): number {
  return view.getUint16(at + SEGMENT_BYTES, true);
}

/** Changes the size of the segments into which a super-packet will be cut. */
export function setSegmentBytes(view: DataView, at: number, bytes: number): void {
  view.setUint16(at + SEGMENT_BYTES, bytes, true);
}

/** Marks the packet after it as whole, with finished checksums. */
export function clearHeader(view: DataView, at: number): void {
  view.setUint16(at + FLAGS, 0);
  view.setUint32(at + HEADER_LENGTH, 0);
  view.setUint32(at + CHECKSUM_START, 0);
}
