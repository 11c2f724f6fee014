/**
 * What the gateway needs from the kernel, each ability by name with the version that brought it. A missing one is
 * named in a typed error instead of surfacing as an errno of some later call.
 */
import { constants, release } from 'node:os';

import { GatewayError } from '../report/errors.ts';
import { loadNative } from './load-native.ts';
import { errnoName } from './open-error.ts';

const { EACCES, EBUSY, EMFILE, ENFILE, ENOMEM, EPERM } = constants.errno;
/** These mean that the probe could not be made, not that the kernel lacks the feature. */
const INCONCLUSIVE: ReadonlySet<number> = new Set([EACCES, EBUSY, EMFILE, ENFILE, ENOMEM, EPERM]);

export class KernelFeature {
  readonly name: string;
  readonly minimumKernel: string;
  readonly #probe: () => number;
  #present: boolean | undefined;

  /** `probe` returns 0 where the kernel has the feature, else an errno. */
  constructor(name: string, minimumKernel: string, probe: () => number) {
    this.name = name;
    this.minimumKernel = minimumKernel;
    this.#probe = probe;
  }

  /** Asks the kernel once. Throws `GatewayError` EDEVICE if the probe is impossible, as without the privilege. */
  isPresent(): boolean {
    this.#present ??= this.#ask();
    return this.#present;
  }

  /** Throws `GatewayError` EKERNEL where the feature is missing. */
  demand(): void {
    if (!this.isPresent())
      throw new GatewayError(
        'EKERNEL',
        `Cannot use ${this.name}: kernel ${release()} does not offer it; Linux ${this.minimumKernel} or later does`,
      );
  }

  #ask(): boolean {
    const errno = this.#probe();
    if (INCONCLUSIVE.has(errno))
      throw new GatewayError('EDEVICE', `Cannot probe the kernel for ${this.name}: ${errnoName(errno)}`);
    return errno === 0;
  }
}

/** The probes for `tunSteering` and `tunUdpSegmentation` make a TUN for a moment; the others touch nothing. */
export const KERNEL_FEATURES = {
  tun: nativeFeature('TUN devices', '2.4', 'tun'),
  tunVnetHeader: nativeFeature('IFF_VNET_HDR (virtio-net headers on a TUN)', '2.6.27', 'tun-vnet-header'),
  tunMultiQueue: nativeFeature('IFF_MULTI_QUEUE (several queues on a TUN)', '3.8', 'tun-multi-queue'),
  tunSteering: nativeFeature(
    'TUNSETSTEERINGEBPF (a program that chooses TUN queues)',
    '4.16',
    'tun-steering',
  ),
  tunUdpSegmentation: nativeFeature('TUN_F_USO4 and TUN_F_USO6', '6.2', 'tun-udp-segmentation'),
  packetVnetHeader: nativeFeature('PACKET_VNET_HDR', '2.6.35', 'packet-vnet-header'),
  packetIgnoreOutgoing: nativeFeature('PACKET_IGNORE_OUTGOING', '4.20', 'packet-ignore-outgoing'),
} as const;

function nativeFeature(name: string, minimumKernel: string, probe: string): KernelFeature {
  return new KernelFeature(name, minimumKernel, () => loadNative().probe(probe));
}
