/** What the gateway itself sends on an uplink until the next send: neighbour messages, probes, fragments of clients' packets. */
import { LIST_CAPACITY, PacketBatch, SendList } from '../../../device/packet-batch.ts';
import { ETHER_TYPE_IPV4, ETHER_TYPE_IPV6 } from '../../../wire/protocol.ts';
import { clearHeader } from '../../../wire/virtio-net.ts';

/** Slots between two sends. */
export const OWN_FRAMES = LIST_CAPACITY;

/** Writes an IP packet at `at` of a view; returns its length. */
export type WritePacket = (view: DataView, at: number) => number;

export class OwnFrames {
  readonly batch = new PacketBatch(OWN_FRAMES);
  /** Whoever fills the slot that `take` has given names it here. */
  readonly outgoing = new SendList(OWN_FRAMES);

  /** Slots that are free. */
  get room(): number {
    return OWN_FRAMES - this.outgoing.count;
  }

  /** A free slot with a blank virtio-net header; -1 when all are waiting to be sent. */
  take(): number {
    if (this.room === 0) return -1;
    const slot = this.outgoing.count;
    clearHeader(this.batch.view, this.batch.vnetAt(slot));
    return slot;
  }

  /** Writes a whole IP packet into a free slot; -1 when there is none. */
  write(family: 4 | 6, write: WritePacket): number {
    const slot = this.take();
    if (slot === -1) return -1;
    this.batch.lengths[slot] = write(this.batch.view, this.batch.packetAt(slot));
    this.batch.etherTypes[slot] = family === 4 ? ETHER_TYPE_IPV4 : ETHER_TYPE_IPV6;
    return slot;
  }
}
