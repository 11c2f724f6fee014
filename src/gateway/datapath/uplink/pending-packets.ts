/**
 * Packets waiting for their next hop's MAC: a short queue of copies, kept briefly (RFC 4861 section 7.2.2 asks for a small
 * queue), in their final form except for the link header.
 */
import { type PacketBatch, VNET_BYTES } from '../../../device/packet-batch.ts';

/** Chosen by us: enough for a burst of first packets to one new next hop. */
const MOST_PACKETS = 64;
const MOST_BYTES = 16_384;
const MOST_AGE_MS = 3_000;

/** A copy of a packet outside its slot. */
export interface KeptPacket {
  /** Virtio-net header and packet. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly etherType: number;
}

export interface PendingPacket extends KeptPacket {
  readonly hop: number;
  readonly sinceMs: number;
}

export class PendingPackets {
  #waiting: PendingPacket[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /**
   * Keeps a copy of the packet in a slot; false when this drops a packet: this one if it is too long to keep, or the oldest,
   * whose next hop is most likely dead (RFC 4861 section 7.2.2).
   */
  hold(batch: PacketBatch, slot: number, hop: number, nowMs: number): boolean {
    const length = batch.lengths[slot] ?? 0;
    if (length > MOST_BYTES) return false;
    this.#waiting.push({ ...copyPacket(batch, slot), hop, sinceMs: nowMs });
    if (this.#waiting.length <= MOST_PACKETS) return true;
    this.#waiting.shift();
    return false;
  }

  /** The packets that can be sent now, for which `isReady` holds. Those that have waited too long are counted and dropped. */
  release(isReady: (hop: number) => boolean, nowMs: number, onExpired: () => void): PendingPacket[] {
    const ready = this.#waiting.filter(({ hop }) => isReady(hop));
    const rest = this.#waiting.filter((packet) => !ready.includes(packet));
    this.#waiting = rest.filter(({ sinceMs }) => nowMs - sinceMs < MOST_AGE_MS);
    for (let expired = rest.length - this.#waiting.length; expired > 0; expired--) onExpired();
    return ready;
  }
}

export function copyPacket(batch: PacketBatch, slot: number): KeptPacket {
  const end = batch.packetAt(slot) + (batch.lengths[slot] ?? 0);
  return { bytes: batch.bytes.slice(batch.vnetAt(slot), end), etherType: batch.etherTypes[slot] ?? 0 };
}

/** Puts a kept packet into a slot again. */
export function restorePacket(packet: KeptPacket, batch: PacketBatch, slot: number): void {
  batch.bytes.set(packet.bytes, batch.vnetAt(slot));
  batch.lengths[slot] = packet.bytes.length - VNET_BYTES;
  batch.etherTypes[slot] = packet.etherType;
}
