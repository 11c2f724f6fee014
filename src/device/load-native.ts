/** Loads the addon of src/native, once per thread, and declares what it offers. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { GatewayError } from '../report/errors.ts';
import { PACKET_OFFSET, SLOT_BYTES } from './packet-batch.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Words = Uint32Array<ArrayBuffer>;
type Shorts = Uint16Array<ArrayBuffer>;

/** Offloads for packets that are read: the kernel leaves them as super-packets with unfinished checksums. */
export interface TunOffloads {
  /** Checksums and TCP segmentation. */
  readonly segmentation: boolean;
  /** UDP segmentation; Linux 6.2. */
  readonly udpSegmentation: boolean;
}

/** The arguments that every send of a list of slots has. */
type SentList = [
  descriptor: number,
  bytes: Bytes,
  lengths: Words,
  etherTypes: Shorts,
  slots: Words,
  errnos: Shorts,
  count: number,
];

/**
 * The addon. Descriptors are numbers, to be closed by the code that opened them. Opening throws an `Error` with the number
 * `errno` and the failed call in its message. A receive returns how many slots it filled, or the negative errno; a send
 * returns how many it took and writes 0 or the errno for each of the list.
 */
export interface NativeAddon {
  readonly slotBytes: number;
  readonly packetOffset: number;
  openTun(
    name: string,
    multiQueue: boolean,
    persist: boolean,
    offloads: boolean,
  ): TunOffloads & { readonly descriptor: number };
  releaseTun(name: string, multiQueue: boolean): void;
  /** Sets the program that chooses the queue of each packet; eBPF instructions of 8 bytes in the machine's byte order. */
  steerTun(descriptor: number, program: Bytes): void;
  tunReceive(descriptor: number, bytes: Bytes, lengths: Words, etherTypes: Shorts): number;
  tunSend(...list: SentList): number;
  /**
   * `filter` is classic BPF over the whole frame, or over the bare packet on a link without Ethernet headers: instructions of
   * 8 bytes in the machine's byte order.
   */
  openPacketSocket(
    interfaceIndex: number,
    isFramed: boolean,
    receiveBufferBytes: number,
    sendBufferBytes: number,
    filter: Bytes,
  ): number;
  framesReceive(descriptor: number, bytes: Bytes, lengths: Words, etherTypes: Shorts): number;
  framesSend(...list: [...SentList, links: Words, linkHeaders: Bytes]): number;
  bareReceive(descriptor: number, bytes: Bytes, lengths: Words, etherTypes: Shorts): number;
  bareSend(...list: [...SentList, interfaceIndex: number]): number;
  openPlainSender(sendBufferBytes: number): number;
  plainSend(...list: [...SentList, interfaceIndex: number]): number;
  takePacketStatistics(descriptor: number): { readonly received: number; readonly lost: number };
  /** `address` has 4 or 16 bytes; port 0 takes a free one. */
  openUdpSocket(
    address: Uint8Array,
    port: number,
    receiveBufferBytes: number,
  ): { readonly descriptor: number; readonly port: number };
  udpReceive(descriptor: number, bytes: Bytes, lengths: Words, peers: Bytes): number;
  /** Returns how many were taken. */
  udpSend(
    descriptor: number,
    bytes: Bytes,
    lengths: Words,
    peers: Bytes,
    slots: Words,
    count: number,
  ): number;
  openWakeup(): number;
  wake(wakeup: number): void;
  waitReadable(descriptors: Int32Array<ArrayBuffer>, wakeup: number, timeoutMs: number): number;
  /** 0 where no interface has that name. */
  interfaceIndex(name: string): number;
  closeDescriptor(descriptor: number): void;
  /** 0 where the kernel has the feature, else the errno of the call that failed. */
  probe(feature: string): number;
}

const ADDON = path.join(import.meta.dirname, '..', 'native', 'build', 'Release', 'syngate_native.node');
const REMEDY = "build it with 'npm run build:native'";

/** If the addon is missing or unfit, throws a `GatewayError` EDEVICE that says how to build it. */
export function loadNative(): NativeAddon {
  if (!existsSync(ADDON))
    throw new GatewayError('EDEVICE', `Cannot load the native addon: ${ADDON} does not exist; ${REMEDY}`);
  const addon = requireAddon();
  if (addon.slotBytes !== SLOT_BYTES || addon.packetOffset !== PACKET_OFFSET)
    throw new GatewayError(
      'EDEVICE',
      `Cannot use the native addon: it has slots of ${addon.slotBytes} bytes with the packet at ` +
        `${addon.packetOffset}, wanted ${SLOT_BYTES} and ${PACKET_OFFSET}; ${REMEDY}`,
    );
  return addon;
}

function requireAddon(): NativeAddon {
  try {
    return createRequire(import.meta.url)(ADDON);
  } catch (cause) {
    throw new GatewayError('EDEVICE', `Cannot load the native addon: ${cause}; ${REMEDY}`, { cause });
  }
}
