/**
 * A batch of packets in fixed slots. Every packet starts at the same offset of its slot, with head-room before it for
 * what either side puts in front: the TUN a virtio-net header alone, the packet socket a virtio-net header and an
 * Ethernet header. So a packet read from one is sent through the other and its payload never moves.
 *
 *      slot + 0          10            14                        24
 *      |  packet socket: virtio (10)   |  Ethernet (14)           | packet …
 *      |  (unused)                     |  TUN: virtio (10)        | packet …
 *
 * Between devices the virtio-net header stands where the TUN has it, and `csum_start` and `hdr_len` count from the
 * packet's first byte; the packet-socket device translates both ways.
 */
export const ETHERNET_BYTES = 14;
export const VNET_BYTES = 10;
/** From a slot's start to its virtio-net header. */
export const VNET_OFFSET = ETHERNET_BYTES;
/** From a slot's start to the first byte of the packet. */
export const PACKET_OFFSET = VNET_OFFSET + VNET_BYTES;
/** A 64 KiB super-packet, its head-room, and a round size. */
export const SLOT_BYTES = 65_536 + 256;
export const BATCH_CAPACITY = 64;

export class PacketBatch {
  readonly capacity: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  /** Bytes of each packet, from `PACKET_OFFSET` on. */
  readonly lengths: Uint32Array<ArrayBuffer>;
  /** What follows the link header (0x0800, 0x86dd, 0x0806); set by a receive on either device. */
  readonly etherTypes: Uint16Array<ArrayBuffer>;
  /** Slots 0 to count - 1 hold packets after a receive. */
  count = 0;

  constructor(capacity: number = BATCH_CAPACITY) {
    this.capacity = capacity;
    this.bytes = new Uint8Array(capacity * SLOT_BYTES);
    this.view = new DataView(this.bytes.buffer);
    this.lengths = new Uint32Array(capacity);
    this.etherTypes = new Uint16Array(capacity);
  }

  /** Where in `bytes` the packet of a slot begins. */
  packetAt(slot: number): number {
    return slot * SLOT_BYTES + PACKET_OFFSET;
  }

  /** Where in `bytes` the virtio-net header of a slot begins. */
  vnetAt(slot: number): number {
    return slot * SLOT_BYTES + VNET_OFFSET;
  }
}

/** Which slots of a batch to send, in order, and with which link header (see `LinkHeaders`). */
export class SendList {
  readonly slots: Uint32Array<ArrayBuffer>;
  readonly links: Uint32Array<ArrayBuffer>;
  count = 0;

  constructor(capacity: number = BATCH_CAPACITY) {
    this.slots = new Uint32Array(capacity);
    this.links = new Uint32Array(capacity);
  }

  /** `link` is ignored by a TUN. */
  push(slot: number, link = 0): void {
    this.slots[this.count] = slot;
    this.links[this.count] = link;
    this.count++;
  }

  clear(): void {
    this.count = 0;
  }
}
