/** A TUN device with virtio-net headers: where clients' packets come in as super-packets of up to 64 KiB. */
import { constants } from 'node:os';

import { KERNEL_FEATURES } from './kernel-feature.ts';
import { loadNative, type NativeAddon, type TunOffloads } from './load-native.ts';
import { describeOpenError } from './open-error.ts';
import type { PacketBatch, SendList } from './packet-batch.ts';
import type { PacketDevice } from './packet-device.ts';
import { SendFailures } from './send-failures.ts';
import { CLIENT_STEERING } from './tun-steering.ts';

const { EBADF, EFAULT, EIO } = constants.errno;
const EBADFD = 77; // asm-generic/errno.h; libuv does not know it
/** A read fails with these when the interface was deleted or this queue detached; the device then closes itself. */
const GONE: ReadonlySet<number> = new Set([EBADF, EBADFD, EFAULT, EIO]);
const NAME = /^[^\s/%:]{1,15}$/;

export interface TunOptions {
  /** The interface's name, at most 15 bytes. */
  readonly name: string;
  /**
   * Allows several opens of one name, one queue each; all packets from a source address use the same queue. A device cannot
   * change from one kind to the other. Default false.
   */
  readonly multiQueue?: boolean;
  /** The interface outlives the process; opening it again attaches to it. Default false. */
  readonly persist?: boolean;
  /** Take super-packets and unfinished checksums where the kernel can. Default true. */
  readonly offloads?: boolean;
}

export class TunDevice implements PacketDevice {
  readonly name: string;
  readonly offloads: TunOffloads;
  readonly failures = new SendFailures('tun-send-failed');
  readonly #native: NativeAddon;
  #descriptor: number;

  /**
   * Creates the interface, or attaches to it where it persists. Throws `GatewayError`: EKERNEL for a missing feature,
   * EBUSY where another process holds the interface (but one of several queues has queues for all), EDEVICE otherwise.
   */
  static open(options: TunOptions): TunDevice {
    checkName(options.name);
    KERNEL_FEATURES.tun.demand();
    KERNEL_FEATURES.tunVnetHeader.demand();
    if (options.multiQueue !== true) return new TunDevice(options);
    KERNEL_FEATURES.tunMultiQueue.demand();
    KERNEL_FEATURES.tunSteering.demand();
    const device = new TunDevice(options);
    device.#steer();
    return device;
  }

  private constructor({ name, multiQueue = false, persist = false, offloads = true }: TunOptions) {
    this.name = name;
    this.#native = loadNative();
    try {
      const { descriptor, ...taken } = this.#native.openTun(name, multiQueue, persist, offloads);
      this.#descriptor = descriptor;
      this.offloads = taken;
    } catch (cause) {
      throw describeOpenError(`open TUN ${name}`, cause);
    }
  }

  /** Every queue sets the same program, so that the order in which they are opened does not matter. */
  #steer(): void {
    try {
      this.#native.steerTun(this.#descriptor, CLIENT_STEERING);
    } catch (cause) {
      this.close();
      throw describeOpenError(`steer TUN ${this.name}`, cause);
    }
  }

  /** For `Waiter`; -1 once closed or gone. */
  get descriptor(): number {
    return this.#descriptor;
  }

  /** Slots of 0 to count - 1; `etherTypes` follows the IP version, 0 for what is neither. */
  receive(batch: PacketBatch): number {
    batch.count = 0;
    if (this.#descriptor < 0) return 0;
    const count = this.#native.tunReceive(this.#descriptor, batch.bytes, batch.lengths, batch.etherTypes);
    if (GONE.has(-count)) this.close();
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
    const { bytes, lengths, etherTypes } = batch;
    return this.#native.tunSend(this.#descriptor, bytes, lengths, etherTypes, list.slots, errnos, list.count);
  }

  close(): void {
    if (this.#descriptor >= 0) this.#native.closeDescriptor(this.#descriptor);
    this.#descriptor = -1;
  }
}

/** Lets a persistent TUN vanish as soon as no process has it open; a missing interface is not an error. */
export function removeTun(name: string, multiQueue = false): void {
  checkName(name);
  const native = loadNative();
  if (native.interfaceIndex(name) === 0) return;
  try {
    native.releaseTun(name, multiQueue);
  } catch (cause) {
    throw describeOpenError(`remove TUN ${name}`, cause);
  }
}

function checkName(name: string): void {
  if (!NAME.test(name) || Buffer.byteLength(name) > 15 || name === '.' || name === '..')
    throw new TypeError(
      `Cannot name a TUN '${name}': 1 to 15 bytes without space, '/', ':' or '%' are wanted`,
    );
}
