/**
 * Two ends in memory: what one sends, the other receives, virtio-net header and EtherType included. For tests; once queues
 * and packets have reached their largest sizes, nothing is allocated per packet.
 */
import { constants } from 'node:os';

import { PACKET_OFFSET, type PacketBatch, type SendList, SLOT_BYTES, VNET_BYTES } from './packet-batch.ts';
import type { PacketDevice } from './packet-device.ts';
import { SendFailures } from './send-failures.ts';

const { EAGAIN, EBADF, EINVAL } = constants.errno;
const LARGEST_PACKET = SLOT_BYTES - PACKET_OFFSET;

export class LoopbackDevice implements PacketDevice {
  readonly failures = new SendFailures('uplink-send-failed');
  readonly #incoming: PacketQueue;
  readonly #outgoing: PacketQueue;
  #open = true;

  /** Both ends; each keeps up to `capacity` packets for the other. */
  static pair(capacity = 1024): [LoopbackDevice, LoopbackDevice] {
    const there = new PacketQueue(capacity);
    const back = new PacketQueue(capacity);
    return [new LoopbackDevice(back, there), new LoopbackDevice(there, back)];
  }

  private constructor(incoming: PacketQueue, outgoing: PacketQueue) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  receive(batch: PacketBatch): number {
    batch.count = 0;
    while (this.#open && batch.count < batch.capacity && this.#incoming.take(batch, batch.count)) {
      batch.count++;
    }
    return batch.count;
  }

  send(batch: PacketBatch, list: SendList): number {
    this.failures.admit(list);
    let sent = 0;
    for (let position = 0; position < list.count; position++) {
      const errno = this.#sendOne(batch, list.slots[position] ?? 0);
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
    return this.#outgoing.put(batch, slot) ? 0 : EAGAIN;
  }
}

/** A ring of packets, each in a buffer of its own that grows to the largest packet it has held. */
class PacketQueue {
  readonly #places: Uint8Array[];
  readonly #lengths: Uint32Array;
  readonly #etherTypes: Uint16Array;
  #first = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#places = Array.from({ length: capacity }, () => new Uint8Array(0));
    this.#lengths = new Uint32Array(capacity);
    this.#etherTypes = new Uint16Array(capacity);
  }

  /** Whether there was room for the packet of the slot. */
  put(batch: PacketBatch, slot: number): boolean {
    if (this.#count === this.#places.length) return false;
    const index = (this.#first + this.#count++) % this.#places.length;
    const length = batch.lengths[slot] ?? 0;
    const place = this.#placeFor(index, VNET_BYTES + length);
    copyBytes(batch.bytes, batch.vnetAt(slot), place, 0, VNET_BYTES + length);
    this.#lengths[index] = length;
    this.#etherTypes[index] = batch.etherTypes[slot] ?? 0;
    return true;
  }

  /** Whether there was a packet for the slot. */
  take(batch: PacketBatch, slot: number): boolean {
    if (this.#count === 0) return false;
    const length = this.#lengths[this.#first] ?? 0;
    const place = this.#placeFor(this.#first, VNET_BYTES + length);
    copyBytes(place, 0, batch.bytes, batch.vnetAt(slot), VNET_BYTES + length);
    batch.lengths[slot] = length;
    batch.etherTypes[slot] = this.#etherTypes[this.#first] ?? 0;
    this.#first = (this.#first + 1) % this.#places.length;
    this.#count--;
    return true;
  }

  #placeFor(index: number, bytes: number): Uint8Array {
    const place = this.#places[index];
    if (place !== undefined && place.length >= bytes) return place;
    const larger = new Uint8Array(bytes);
    this.#places[index] = larger;
    return larger;
  }
}

/** Not `set`, which needs a view of the part to copy: one object per packet. */
function copyBytes(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number, count: number): void {
  for (let byte = 0; byte < count; byte++) to[toAt + byte] = from[fromAt + byte] ?? 0;
}
