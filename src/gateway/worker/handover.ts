/**
 * The way of single packets from the first worker to another one (see datapath/strays.ts): a message and a wake-up. Few can
 * be on the way at a time, so that a worker which is busy costs packets and never memory.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { makeWaker } from '../../device/waiter.ts';
import type { HandedPacket } from '../datapath/strays.ts';

/** Chosen by us; of 64 KiB at most. */
const MOST_UNDER_WAY = 128;

/** One end of the way to a worker. */
export interface HandoverEnd {
  readonly port: MessagePort;
  /** One number of 32 bits: the packets that are on the way. */
  readonly underWay: SharedArrayBuffer;
}

export interface HandoverWay extends HandoverEnd {
  readonly worker: number;
  /** Descriptor of the worker's `Wakeup`. */
  readonly wakeup: number;
}

/** What a worker has of the ways between workers. */
export interface Handover {
  readonly outgoing: readonly HandoverWay[];
  readonly incoming: HandoverEnd | undefined;
}

/** For a worker that has no others. */
export const NO_HANDOVER: Handover = { outgoing: [], incoming: undefined };

export class HandoverSender {
  readonly #ways = new Map<number, OpenWay>();

  constructor(ways: readonly HandoverWay[]) {
    for (const { worker, port, underWay, wakeup } of ways)
      this.#ways.set(worker, { port, count: new Int32Array(underWay), wake: makeWaker(wakeup) });
  }

  /** False when too many are on the way, or there is none. The packet's bytes go with it. */
  send(worker: number, packet: HandedPacket): boolean {
    const way = this.#ways.get(worker);
    if (way === undefined || Atomics.load(way.count, 0) >= MOST_UNDER_WAY) return false;
    Atomics.add(way.count, 0, 1);
    way.port.postMessage(packet, [packet.bytes.buffer]);
    way.wake();
    return true;
  }
}

interface OpenWay {
  readonly port: MessagePort;
  readonly count: Int32Array<SharedArrayBuffer>;
  readonly wake: () => void;
}

export class HandoverReceiver {
  readonly #port: MessagePort | undefined;
  readonly #count: Int32Array;

  constructor(incoming: HandoverEnd | undefined) {
    this.#port = incoming?.port;
    this.#count = new Int32Array(incoming?.underWay ?? new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  }

  /** A packet that has arrived, or undefined. */
  take(): HandedPacket | undefined {
    const received = this.#port && receiveMessageOnPort(this.#port);
    if (received === undefined) return undefined;
    Atomics.sub(this.#count, 0, 1);
    return received.message;
  }
}
