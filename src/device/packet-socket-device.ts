/**
 * A packet socket on an uplink: receives every frame before nftables sees it, and sends raw frames; on a link without frames,
 * such as a tunnel, bare IP packets likewise. Both directions carry virtio-net headers, so super-packets cross whole. An
 * interface that goes down may come back; once it was deleted, the first send closes the device.
 */
import { constants } from 'node:os';

import { GatewayError } from '../report/errors.ts';
import { EVERY_PORT, type PortShare } from '../wire/port-share.ts';
import { makeFrameFilter } from './frame-filter.ts';
import { KERNEL_FEATURES } from './kernel-feature.ts';
import type { LinkHeaders } from './link-headers.ts';
import { loadNative, type NativeAddon } from './load-native.ts';
import { describeOpenError } from './open-error.ts';
import type { PacketBatch, SendList } from './packet-batch.ts';
import type { PacketDevice } from './packet-device.ts';
import { SendFailures } from './send-failures.ts';

/**
 * What an interface carries: Ethernet frames; bare IP packets, super-packets and unfinished checksums included; or, as PPP, bare
 * IP packets without either.
 */
export type LinkContent = 'frames' | 'packets' | 'plain-packets';

const { EBADF, ENXIO } = constants.errno;
const RECEIVE_BUFFER_BYTES = 32 << 20;
const SEND_BUFFER_BYTES = 8 << 20;

export interface PacketSocketOptions {
  readonly interfaceName: string;
  /** The headers that `SendList.links` refers to by index; used for frames only. */
  readonly linkHeaders: LinkHeaders;
  /** Default: frames. */
  readonly carries?: LinkContent;
  /** Which frames this socket takes when several share the uplink (see `makeFrameFilter`). Default: all. */
  readonly share?: PortShare;
  /** How much the kernel buffers between reads. Default 32 MiB. */
  readonly receiveBufferBytes?: number;
}

export class PacketSocketDevice implements PacketDevice {
  readonly interfaceName: string;
  readonly failures = new SendFailures('uplink-send-failed');
  readonly #native: NativeAddon;
  readonly #linkHeaders: LinkHeaders;
  readonly #carries: LinkContent;
  readonly #interfaceIndex: number;
  #descriptor = -1;
  /** The socket that sends plain packets; -1 on other links. */
  #sender = -1;

  /** Throws `GatewayError`: EKERNEL for a missing feature, EDEVICE for no interface, or one of another kind. */
  static open(options: PacketSocketOptions): PacketSocketDevice {
    KERNEL_FEATURES.packetVnetHeader.demand();
    KERNEL_FEATURES.packetIgnoreOutgoing.demand();
    return new PacketSocketDevice(options);
  }

  private constructor(options: PacketSocketOptions) {
    const {
      interfaceName,
      linkHeaders,
      carries = 'frames',
      share = EVERY_PORT,
      receiveBufferBytes = RECEIVE_BUFFER_BYTES,
    } = options;
    this.interfaceName = interfaceName;
    this.#linkHeaders = linkHeaders;
    this.#carries = carries;
    this.#native = loadNative();
    const action = `open a packet socket on ${interfaceName}`;
    const index = this.#native.interfaceIndex(interfaceName);
    this.#interfaceIndex = index;
    if (index === 0) throw new GatewayError('EDEVICE', `Cannot ${action}: there is no such interface`);
    try {
      const isFramed = carries === 'frames';
      this.#descriptor = this.#native.openPacketSocket(
        index,
        isFramed,
        receiveBufferBytes,
        SEND_BUFFER_BYTES,
        makeFrameFilter(share, isFramed),
      );
      if (carries === 'plain-packets') this.#sender = this.#native.openPlainSender(SEND_BUFFER_BYTES);
    } catch (cause) {
      this.close();
      throw describeOpenError(action, cause);
    }
  }

  /** For `Waiter`; -1 once closed or gone. */
  get descriptor(): number {
    return this.#descriptor;
  }

  /** A frame that is truncated or holds nothing leaves a slot of length 0 and EtherType 0: pass over it. */
  receive(batch: PacketBatch): number {
    batch.count = 0;
    if (this.#descriptor < 0) return 0;
    const { bytes, lengths, etherTypes } = batch;
    const count =
      this.#carries === 'frames'
        ? this.#native.framesReceive(this.#descriptor, bytes, lengths, etherTypes)
        : this.#native.bareReceive(this.#descriptor, bytes, lengths, etherTypes);
    batch.count = Math.max(count, 0);
    return batch.count;
  }

  /** `failures` then tells what became of each. A slot is left as it was. */
  send(batch: PacketBatch, list: SendList): number {
    const { errnos } = this.failures;
    this.failures.admit(list);
    if (this.#descriptor < 0) {
      errnos.fill(EBADF, 0, list.count);
      return 0;
    }
    const sent = this.#carries === 'frames' ? this.#sendFrames(batch, list) : this.#sendBare(batch, list);
    if (sent < list.count && errnos.subarray(0, list.count).includes(ENXIO)) this.close();
    return sent;
  }

  /** Frames that the kernel has dropped since the last call because they were not read in time. */
  takeLost(): number {
    return this.#descriptor < 0 ? 0 : this.#native.takePacketStatistics(this.#descriptor).lost;
  }

  close(): void {
    for (const descriptor of [this.#descriptor, this.#sender])
      if (descriptor >= 0) this.#native.closeDescriptor(descriptor);
    this.#descriptor = -1;
    this.#sender = -1;
  }

  #sendFrames({ bytes, lengths, etherTypes }: PacketBatch, { slots, count, links }: SendList): number {
    const { errnos } = this.failures;
    const headers = this.#linkHeaders.bytes;
    const from = this.#descriptor;
    return this.#native.framesSend(from, bytes, lengths, etherTypes, slots, errnos, count, links, headers);
  }

  #sendBare({ bytes, lengths, etherTypes }: PacketBatch, { slots, count }: SendList): number {
    const { errnos } = this.failures;
    const to = this.#interfaceIndex;
    if (this.#sender >= 0)
      return this.#native.plainSend(this.#sender, bytes, lengths, etherTypes, slots, errnos, count, to);
    return this.#native.bareSend(this.#descriptor, bytes, lengths, etherTypes, slots, errnos, count, to);
  }
}

export function interfaceExists(name: string): boolean {
  return loadNative().interfaceIndex(name) !== 0;
}
