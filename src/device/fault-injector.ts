/**
 * A bad network around a device: drops, duplicates and reorders what is sent through it, deterministically for a seed. The
 * sender is not told, as on a real network. What is received passes untouched: wrap the other device for that direction.
 */
import { copySlot } from './copy-slot.ts';
import { PacketBatch, SendList } from './packet-batch.ts';
import type { PacketDevice } from './packet-device.ts';
import { SendFailures } from './send-failures.ts';

export interface Faults {
  readonly seed: number;
  /** Probabilities, 0 to 1. Default 0. */
  readonly loss?: number;
  readonly duplication?: number;
  /** Probability that a packet is held back until another has overtaken it. */
  readonly reorder?: number;
}

export class FaultInjector implements PacketDevice {
  readonly failures = new SendFailures('uplink-send-failed');
  readonly #device: PacketDevice;
  readonly #faults: Required<Faults>;
  readonly #random: () => number;
  readonly #single = new SendList(1);
  readonly #held = new PacketBatch(1);
  #heldLink: number | undefined;

  /** Throws RangeError for a probability outside of 0 to 1. */
  constructor(device: PacketDevice, faults: Faults) {
    this.#device = device;
    this.#faults = { loss: 0, duplication: 0, reorder: 0, ...faults };
    const { loss, duplication, reorder } = this.#faults;
    for (const probability of [loss, duplication, reorder])
      if (!(probability >= 0 && probability <= 1))
        throw new RangeError(`Cannot inject faults with probability ${probability}: 0 to 1 is wanted`);
    this.#random = seededRandom(faults.seed);
  }

  receive(batch: PacketBatch): number {
    return this.#device.receive(batch);
  }

  send(batch: PacketBatch, list: SendList): number {
    this.failures.admit(list);
    this.failures.errnos.fill(0, 0, list.count);
    for (let position = 0; position < list.count; position++) this.#pass(batch, list, position);
    return list.count - this.failures.errnos.subarray(0, list.count).filter((errno) => errno !== 0).length;
  }

  close(): void {
    this.#device.close();
  }

  #pass(batch: PacketBatch, list: SendList, position: number): void {
    const slot = list.slots[position] ?? 0;
    const link = list.links[position] ?? 0;
    if (this.#strikes(this.#faults.loss)) return;
    if (this.#heldLink === undefined && this.#strikes(this.#faults.reorder)) {
      copySlot(batch, slot, this.#held, 0);
      this.#heldLink = link;
      return;
    }
    this.failures.errnos[position] = this.#sendOne(batch, slot, link);
    if (this.#strikes(this.#faults.duplication)) this.#sendOne(batch, slot, link);
    if (this.#heldLink !== undefined) {
      this.#sendOne(this.#held, 0, this.#heldLink);
      this.#heldLink = undefined;
    }
  }

  #sendOne(batch: PacketBatch, slot: number, link: number): number {
    this.#single.clear();
    this.#single.push(slot, link);
    this.#device.send(batch, this.#single);
    return this.#device.failures.errnos[0] ?? 0;
  }

  #strikes(probability: number): boolean {
    return probability > 0 && this.#random() < probability;
  }
}

/** mulberry32: 32 bits of state, even enough for faults. Numbers from 0 up to 1. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
