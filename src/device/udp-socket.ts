/**
 * A UDP socket bound to one address, with up to 64 datagrams per call, which never blocks. The thread that opened it
 * closes it; others may receive and send as well, through a `UdpPort` on its descriptor.
 */
import { type Address, type Family, familyOf, formatAddress } from '../wire/address.ts';
import { DATAGRAM_SLOT_BYTES, DatagramBatch } from './datagram-batch.ts';
import { loadNative, type NativeAddon } from './load-native.ts';
import { describeOpenError } from './open-error.ts';

/** How much the kernel buffers between reads: some thousand queries. */
const RECEIVE_BUFFER_BYTES = 4 << 20;
const ONLY_SLOT = Uint32Array.of(0);

/** Receives and sends on a descriptor that its owner keeps open. */
export class UdpPort {
  readonly descriptor: number;
  readonly #native: NativeAddon = loadNative();

  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  /** Fills the batch from slot 0 on; returns how many slots. */
  receive({ bytes, lengths, peers }: DatagramBatch): number {
    return Math.max(0, this.#native.udpReceive(this.descriptor, bytes, lengths, peers));
  }

  /** Sends `slots[0..count)` of the batch to their peers; returns how many were taken, the others are lost. */
  send({ bytes, lengths, peers }: DatagramBatch, slots: Uint32Array<ArrayBuffer>, count: number): number {
    return this.#native.udpSend(this.descriptor, bytes, lengths, peers, slots, count);
  }
}

export class UdpSocket {
  readonly family: Family;
  readonly descriptor: number;
  /** The port it is bound to. */
  readonly port: number;
  readonly #native: NativeAddon = loadNative();
  readonly #single = new DatagramBatch(1);
  #isOpen = true;

  /** Port 0 takes a free one. Throws `GatewayError` EDEVICE. */
  constructor(address: Address, port: number) {
    this.family = familyOf(address);
    try {
      const opened = this.#native.openUdpSocket(address, port, RECEIVE_BUFFER_BYTES);
      this.descriptor = opened.descriptor;
      this.port = opened.port;
    } catch (cause) {
      throw describeOpenError(`serve UDP on ${formatAddress(address)} port ${port}`, cause);
    }
  }

  /** Sends one datagram to a peer out of a batch; false when it is lost. Throws RangeError when no slot could hold it. */
  send(bytes: Uint8Array, peer: Uint8Array): boolean {
    if (!this.#isOpen) return false;
    if (bytes.length > DATAGRAM_SLOT_BYTES)
      throw new RangeError(
        `Cannot send ${bytes.length} bytes: a datagram has ${DATAGRAM_SLOT_BYTES} at most`,
      );
    const single = this.#single;
    single.bytes.set(bytes);
    single.lengths[0] = bytes.length;
    single.peers.set(peer);
    return (
      this.#native.udpSend(this.descriptor, single.bytes, single.lengths, single.peers, ONLY_SLOT, 1) === 1
    );
  }

  /** Call when no other thread uses the descriptor any more. */
  close(): void {
    if (this.#isOpen) this.#native.closeDescriptor(this.descriptor);
    this.#isOpen = false;
  }
}
