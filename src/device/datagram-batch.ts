/**
 * Datagrams that are received or sent on a UDP socket in one call, each in a slot of its own, with its peer's address as
 * the kernel writes it:
 *
 *      AF_INET    | family 2 | port 2 | address 4 | …
 *      AF_INET6   | family 2 | port 2 | flow 4 | address 16 | scope 4 |
 *
 * A reply is written over its query and sent from the same slot, so the peer never moves.
 */
import type { Address, Family } from '../wire/address.ts';

export const DATAGRAM_SLOT_BYTES = 4096;
const PEER_BYTES = 28;

const ADDRESS_AT = { 4: 4, 6: 8 } as const;
const ADDRESS_BYTES = { 4: 4, 6: 16 } as const;

export class DatagramBatch {
  readonly capacity: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** 0 for a datagram that did not fit. */
  readonly lengths: Uint32Array<ArrayBuffer>;
  readonly peers: Uint8Array<ArrayBuffer>;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.bytes = new Uint8Array(capacity * DATAGRAM_SLOT_BYTES);
    this.lengths = new Uint32Array(capacity);
    this.peers = new Uint8Array(capacity * PEER_BYTES);
  }

  /** The slot's datagram, in place. */
  datagram(slot: number): Uint8Array<ArrayBuffer> {
    const at = slot * DATAGRAM_SLOT_BYTES;
    return this.bytes.subarray(at, at + (this.lengths[slot] ?? 0));
  }

  /** The slot's peer, in place. */
  peer(slot: number): Uint8Array<ArrayBuffer> {
    return this.peers.subarray(slot * PEER_BYTES, (slot + 1) * PEER_BYTES);
  }
}

/** Offset in `DatagramBatch.peers` of the address of a slot's peer. */
export function peerAddressAt(slot: number, family: Family): number {
  return slot * PEER_BYTES + ADDRESS_AT[family];
}

/** A copy of the address in a peer. */
export function peerAddress(peer: Uint8Array, family: Family): Address {
  return peer.slice(ADDRESS_AT[family], ADDRESS_AT[family] + ADDRESS_BYTES[family]);
}
