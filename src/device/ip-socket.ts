/**
 * Raw IP sockets on one interface, where the kernel routes and finds the next hop: for packets sent before the next
 * hop's MAC is known, and for uplinks that are not Ethernet. One packet per call; no super-packets.
 */
import { constants } from 'node:os';

import { KERNEL_FEATURES } from './kernel-feature.ts';
import { loadNative, type NativeAddon } from './load-native.ts';
import { describeOpenError } from './open-error.ts';
import type { PacketBatch } from './packet-batch.ts';

const { EAFNOSUPPORT, EBADF } = constants.errno;
const CLOSED = -1;

export class IpSocket {
  readonly #native: NativeAddon = loadNative();
  #version4 = CLOSED;
  #version6 = CLOSED;

  /** Throws `GatewayError`: EKERNEL for a missing feature, EDEVICE otherwise. */
  constructor(interfaceName: string) {
    KERNEL_FEATURES.ipv6HeaderIncluded.demand();
    try {
      this.#version4 = this.#native.openIpSocket(4, interfaceName);
      this.#version6 = this.#native.openIpSocket(6, interfaceName);
    } catch (cause) {
      this.close();
      throw describeOpenError(`open a raw IP socket on ${interfaceName}`, cause);
    }
  }

  /**
   * Sends the packet of a slot to the destination in its own header; a checksum left to hardware is completed in
   * place. Returns 0, or the errno: EMSGSIZE for what exceeds the MTU and for every super-packet.
   */
  send(batch: PacketBatch, slot: number): number {
    const version = (batch.bytes[batch.packetAt(slot)] ?? 0) >> 4;
    if (version !== 4 && version !== 6) return EAFNOSUPPORT;
    const descriptor = version === 4 ? this.#version4 : this.#version6;
    if (descriptor === CLOSED) return EBADF;
    return this.#native.ipSend(descriptor, batch.bytes, batch.lengths, batch.etherTypes, slot);
  }

  close(): void {
    if (this.#version4 !== CLOSED) this.#native.closeDescriptor(this.#version4);
    if (this.#version6 !== CLOSED) this.#native.closeDescriptor(this.#version6);
    this.#version4 = CLOSED;
    this.#version6 = CLOSED;
  }
}
