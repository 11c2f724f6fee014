/**
 * How much of each egress address is in use, in shared memory: each worker updates a row of its own as flows and ports come
 * and go, any thread may read the sums at any time, and no packet waits for it. Numbers are doubles with one writer each.
 *
 *      worker × | flows: tcp, udp, icmp | egress address × (flows, ports used, shared, capacity) |
 */
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/protocol.ts';
import { OUTSIDE, RECORD_WORDS, ROUTE } from './flow-record.ts';

export const FLOW_KINDS = ['tcp', 'udp', 'icmp'] as const;

/** External ports of one egress address, all protocols together. */
export interface PortUse {
  readonly flows: number;
  readonly used: number;
  /** Mappings that share a port with another one, beyond the first of each port. */
  readonly shared: number;
  /** Ports of all pools that exist. */
  readonly capacity: number;
}

const KINDS = FLOW_KINDS.length;
const FIELDS = 4;

export class NatUse {
  /** To be handed to a worker, which wraps it in a `NatUse` of its own. */
  readonly buffer: SharedArrayBuffer;
  readonly #values: Float64Array<SharedArrayBuffer>;
  readonly #row: number;
  readonly #rowLength: number;

  /** `worker` is the number of the writer. */
  constructor(buffer: SharedArrayBuffer, addresses: number, worker = 0) {
    this.buffer = buffer;
    this.#values = new Float64Array(buffer);
    this.#rowLength = rowLengthFor(addresses);
    this.#row = worker * this.#rowLength;
  }

  /** For `addresses` egress addresses, none of them in use. */
  static create(addresses: number, workers = 1): NatUse {
    const bytes = workers * rowLengthFor(addresses) * Float64Array.BYTES_PER_ELEMENT;
    return new NatUse(new SharedArrayBuffer(bytes), addresses);
  }

  /** Counts a new flow, whose record starts at word `id * RECORD_WORDS`. */
  openFlow(words: Uint32Array, id: number): void {
    this.#countFlow(words, id, 1);
  }

  /** A flow ends; its record is still there. */
  closeFlow(words: Uint32Array, id: number): void {
    this.#countFlow(words, id, -1);
  }

  /** Adds to the port counts of an egress address; negative numbers subtract. */
  addPorts(egressIndex: number, used: number, shared: number, capacity: number): void {
    const at = this.#row + KINDS + egressIndex * FIELDS;
    this.#add(at + 1, used);
    this.#add(at + 2, shared);
    this.#add(at + 3, capacity);
  }

  /** Live flows of one of FLOW_KINDS, by its index. */
  flowsOf(kind: number): number {
    return this.#sum(kind);
  }

  portsOf(egressIndex: number): PortUse {
    const at = KINDS + egressIndex * FIELDS;
    return {
      flows: this.#sum(at),
      used: this.#sum(at + 1),
      shared: this.#sum(at + 2),
      capacity: this.#sum(at + 3),
    };
  }

  #countFlow(words: Uint32Array, id: number, amount: number): void {
    const base = id * RECORD_WORDS;
    const protocol = ((words[base + OUTSIDE] ?? 0) >>> 8) & 0xff;
    const egressIndex = (words[base + ROUTE] ?? 0) & 0xffff;
    this.#add(this.#row + kindOf(protocol), amount);
    this.#add(this.#row + KINDS + egressIndex * FIELDS, amount);
  }

  #add(at: number, amount: number): void {
    this.#values[at] = (this.#values[at] ?? 0) + amount;
  }

  /** The sum over all workers. */
  #sum(at: number): number {
    let sum = 0;
    for (let place = at; place < this.#values.length; place += this.#rowLength)
      sum += this.#values[place] ?? 0;
    return sum;
  }
}

function rowLengthFor(addresses: number): number {
  return KINDS + addresses * FIELDS;
}

function kindOf(protocol: number): number {
  if (protocol === PROTOCOL_TCP) return 0;
  return protocol === PROTOCOL_UDP ? 1 : 2;
}
