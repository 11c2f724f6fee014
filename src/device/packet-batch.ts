/**
 * A batch of packets in fixed slots. Every packet starts at the same offset of its slot, after its virtio-net header,
 * whichever device it came from; so a packet read from one is sent through another without moving its payload.
 *
 *      slot + 0           14                        24
 *      |  head-room (14)  |  virtio-net header (10) | packet …
 *
 * `csum_start` and `hdr_len` count from the packet's first byte. The packet socket keeps Ethernet headers out of the
 * slot: the addon scatters a frame into its parts and gathers it from them, translating the offsets both ways. That
 * costs the same as head-room written into (measured), and a slot can be sent twice. On an uplink without
 * Ethernet headers, virtio-net header and packet are read and sent in one piece, unchanged.
 */
const ETHERNET_BYTES = 14;
export const VNET_BYTES = 10;
/** From a slot's start to its virtio-net header. */
const VNET_OFFSET = ETHERNET_BYTES;
/** From a slot's start to the first byte of the packet. */
export const PACKET_OFFSET = VNET_OFFSET + VNET_BYTES;
/** A 64 KiB super-packet with its head-room, rounded up. */
export const SLOT_BYTES = 65_536 + 256;
export const BATCH_CAPACITY = 64;
/** Most packets that are sent at once: each of a batch may leave in several fragments. */
export const LIST_CAPACITY = 256;

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
