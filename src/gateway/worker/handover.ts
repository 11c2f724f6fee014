/**
 * Queues by which the first worker hands single packets to the other workers (see datapath/strays.ts): a message and a
 * wake-up each. Their length is bounded, so that a busy worker costs packets and never memory.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { makeWaker } from '../../device/waiter.ts';
import type { HandedPacket } from '../datapath/strays.ts';

/** Packets in one queue, 64 KiB each at most. Chosen by us. */
const MOST_UNDER_WAY = 128;

/** One end of the queue to a worker. */
export interface HandoverEnd {
  readonly port: MessagePort;
  /** One 32-bit number: how many packets are in the queue. */
  readonly underWay: SharedArrayBuffer;
}

export interface HandoverWay extends HandoverEnd {
  readonly worker: number;
  /** Descriptor of the worker's `Wakeup`. */
  readonly wakeup: number;
}

/** The ends of the queues between workers that one worker has. */
export interface Handover {
  readonly outgoing: readonly HandoverWay[];
  readonly incoming: HandoverEnd | undefined;
}

/** For an only worker. */
export const NO_HANDOVER: Handover = { outgoing: [], incoming: undefined };

export class HandoverSender {
  readonly #ways = new Map<number, OpenWay>();

  constructor(ways: readonly HandoverWay[]) {
    for (const { worker, port, underWay, wakeup } of ways)
      this.#ways.set(worker, { port, count: new Int32Array(underWay), wake: makeWaker(wakeup) });
  }

  /** False when the queue is full, or there is none. The packet's bytes are transferred with it. */
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

  /** The next packet in the queue, or undefined. */
  take(): HandedPacket | undefined {
    const received = this.#port && receiveMessageOnPort(this.#port);
    if (received === undefined) return undefined;
    Atomics.sub(this.#count, 0, 1);
    return received.message;
  }
}
