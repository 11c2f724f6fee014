/** Two ends in memory: what one sends, the other receives, virtio-net header and EtherType included. For tests. */
import { constants } from 'node:os';

import { PACKET_OFFSET, type PacketBatch, type SendList, SLOT_BYTES, VNET_BYTES } from './packet-batch.ts';
import type { PacketDevice } from './packet-device.ts';
import { SendFailures } from './send-failures.ts';

const { EAGAIN, EBADF, EINVAL } = constants.errno;
const LARGEST_PACKET = SLOT_BYTES - PACKET_OFFSET;

interface QueuedPacket {
  /** The virtio-net header and the packet. */
  readonly bytes: Uint8Array;
  readonly etherType: number;
}

export class LoopbackDevice implements PacketDevice {
  readonly failures = new SendFailures('uplink-send-failed');
  readonly #incoming: QueuedPacket[];
  readonly #outgoing: QueuedPacket[];
  readonly #capacity: number;
  #open = true;

  /** Both ends; each keeps up to `capacity` packets for the other. */
  static pair(capacity = 1024): [LoopbackDevice, LoopbackDevice] {
    const there: QueuedPacket[] = [];
    const back: QueuedPacket[] = [];
    return [new LoopbackDevice(back, there, capacity), new LoopbackDevice(there, back, capacity)];
  }

  private constructor(incoming: QueuedPacket[], outgoing: QueuedPacket[], capacity: number) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#capacity = capacity;
  }

  receive(batch: PacketBatch): number {
    const packets = this.#open ? this.#incoming.splice(0, batch.capacity) : [];
    for (const [slot, { bytes, etherType }] of packets.entries()) {
      batch.bytes.set(bytes, batch.vnetAt(slot));
      batch.lengths[slot] = bytes.length - VNET_BYTES;
      batch.etherTypes[slot] = etherType;
    }
    batch.count = packets.length;
    return batch.count;
  }

  send(batch: PacketBatch, list: SendList): number {
    this.failures.admit(list);
    let sent = 0;
    for (const [position, slot] of list.slots.subarray(0, list.count).entries()) {
      const errno = this.#sendOne(batch, slot);
      this.failures.errnos[position] = errno;
      if (errno === 0) sent++;
    }
    return sent;
  }

  close(): void {
    this.#open = false;
  }

  #sendOne(batch: PacketBatch, slot: number): number {
    const length = batch.lengths[slot] ?? 0;
    if (!this.#open) return EBADF;
    if (length === 0 || length > LARGEST_PACKET) return EINVAL;
    if (this.#outgoing.length >= this.#capacity) return EAGAIN;
    const bytes = batch.bytes.slice(batch.vnetAt(slot), batch.packetAt(slot) + length);
    this.#outgoing.push({ bytes, etherType: batch.etherTypes[slot] ?? 0 });
    return 0;
  }
}
