/** Copies a packet between slots, with its virtio-net header and EtherType. */
import type { PacketBatch } from './packet-batch.ts';

export function copySlot(from: PacketBatch, fromSlot: number, to: PacketBatch, toSlot: number): void {
  const length = from.lengths[fromSlot] ?? 0;
  const end = from.packetAt(fromSlot) + length;
  to.bytes.set(from.bytes.subarray(from.vnetAt(fromSlot), end), to.vnetAt(toSlot));
  to.lengths[toSlot] = length;
  to.etherTypes[toSlot] = from.etherTypes[fromSlot] ?? 0;
}
