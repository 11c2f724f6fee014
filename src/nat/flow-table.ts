/**
 * The flows of one worker: records in a Uint32Array, found by their inside key (what the client sends) and their outside
 * key (what comes back), and joined into mappings, so that one inside endpoint keeps one external port at one egress
 * address whatever it talks to (RFC 4787 section 4.1, rows U1 and T1).
 *
 * A finder takes a decoded `PacketView` and returns a flow id or -1; ids are 0 to capacity - 1. The typed arrays are
 * reserved at full size, but zero pages cost nothing until a flow uses them.
 *
 *      words: | capacity records | addresses that flows have in common |
 */
import { isSameAddress } from '../wire/address-words.ts';
import type { PacketView } from '../wire/packet-view.ts';
import { hashKey } from './flow-hash.ts';
import { FlowMappings } from './flow-mappings.ts';
import { CLIENT_AT, EGRESS_AT, INNER_AT, OUTSIDE, PORTS, RECORD_WORDS, REMOTE } from './flow-record.ts';
import { HashIndex } from './hash-index.ts';
import { SharedAddresses } from './shared-addresses.ts';

/** Client, inner and egress address; in the worst case no two flows share any. */
const SHARED_PER_FLOW = 3;

export class FlowTable {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly capacity: number;
  readonly #seed: number;
  readonly #shared: SharedAddresses;
  readonly #inside: HashIndex;
  readonly #outside: HashIndex;
  readonly #mappings: FlowMappings;
  /** Freed ids, to be used again; ids from `#fresh` on were never used. */
  readonly #free: Uint32Array;
  #freeCount = 0;
  #fresh = 0;

  constructor(capacity: number, seed: number) {
    this.capacity = capacity;
    const sharedAt = capacity * RECORD_WORDS;
    const sharedCapacity = capacity * SHARED_PER_FLOW;
    this.words = new Uint32Array(sharedAt + sharedCapacity * 4);
    this.#seed = seed;
    this.#shared = new SharedAddresses(this.words, sharedAt, sharedCapacity, seed);
    this.#inside = new HashIndex(capacity, (id) => this.#insideHash(id));
    this.#outside = new HashIndex(capacity, (id) => this.#outsideHash(id));
    this.#mappings = new FlowMappings(this.words, capacity, seed);
    this.#free = new Uint32Array(capacity);
  }

  get size(): number {
    return this.#fresh - this.#freeCount;
  }

  /** Bytes of records and indexes when the table is full, without the addresses that flows share. */
  get byteLength(): number {
    const indexes = [this.#inside, this.#outside, this.#mappings];
    const recordBytes = this.capacity * RECORD_WORDS * Uint32Array.BYTES_PER_ELEMENT;
    return indexes.reduce((sum, index) => sum + index.byteLength, recordBytes);
  }

  /** Distinct addresses that flows share: client, inner and egress addresses. */
  get sharedAddresses(): number {
    return this.#shared.size;
  }

  get isFull(): boolean {
    return this.size === this.capacity;
  }

  /** The flow a client's packet belongs to. */
  findInside(packet: PacketView): number {
    return this.findInsideKey(
      packet.addresses,
      packet.sourcePort,
      packet.destinationPort,
      packet.protocol,
      packet.family,
    );
  }

  /** As `findInside`, for a key in parts: `addresses` is client (0–3) and what it dialled (4–7). */
  findInsideKey(
    addresses: Uint32Array,
    clientPort: number,
    destinationPort: number,
    protocol: number,
    family: 4 | 6,
  ): number {
    const ports = (clientPort << 16) | destinationPort;
    const hash = hashKey(this.#seed, addresses, 0, addresses, 4, ports, protocol);
    let place = this.#inside.first(hash);
    while (place !== -1) {
      const id = this.#inside.idAt(place);
      const base = id * RECORD_WORDS;
      if (this.words[base + PORTS] === ports >>> 0 && this.#kindIs(base, protocol, family)) {
        const isClient = this.#isAddress(base + CLIENT_AT, addresses, 0);
        if (isClient && this.#isAddress(base + INNER_AT, addresses, 4)) return id;
      }
      place = this.#inside.next(hash, place);
    }
    return -1;
  }

  /** The flow a packet from the internet answers: its source is the flow's remote, its destination the egress address. */
  findOutside(packet: PacketView): number {
    return this.findOutsideKey(
      packet.addresses,
      packet.destinationPort,
      packet.sourcePort,
      packet.protocol,
      packet.family,
    );
  }

  /** As `findOutside`, for a key in parts: `addresses` is remote (0–3) and egress (4–7). */
  findOutsideKey(
    addresses: Uint32Array,
    externalPort: number,
    remotePort: number,
    protocol: number,
    family: 4 | 6,
  ): number {
    const hash = hashKey(this.#seed, addresses, 0, addresses, 4, (externalPort << 16) | remotePort, protocol);
    const outside = ((externalPort << 16) | (protocol << 8) | family) >>> 0;
    let place = this.#outside.first(hash);
    while (place !== -1) {
      const id = this.#outside.idAt(place);
      const base = id * RECORD_WORDS;
      if (
        this.words[base + OUTSIDE] === outside &&
        ((this.words[base + PORTS] ?? 0) & 0xffff) === remotePort
      ) {
        const isRemote = isSameAddress(this.words, base + REMOTE, addresses, 0);
        if (isRemote && this.#isAddress(base + EGRESS_AT, addresses, 4)) return id;
      }
      place = this.#outside.next(hash, place);
    }
    return -1;
  }

  /** An external port that the packet's inside endpoint already has at an egress address and that `suits`, or -1. */
  findMapping(packet: PacketView, egress: Uint32Array, suits: (port: number) => boolean): number {
    return this.#mappings.find(packet, egress, suits);
  }

  /**
   * Returns the id of a record that is blank except for its addresses: client and what it dialled from the eight words of
   * `inside`, remote and egress address from those of `outside`. The caller fills it, then calls `insert`. The table must
   * not be full.
   */
  allocate(inside: Uint32Array, outside: Uint32Array): number {
    const id = this.#freeCount > 0 ? (this.#free[--this.#freeCount] ?? 0) : this.#fresh++;
    const base = id * RECORD_WORDS;
    const { words } = this;
    words.fill(0, base, base + RECORD_WORDS);
    for (let word = 0; word < 4; word++) words[base + REMOTE + word] = outside[word] ?? 0;
    const isLiteral = isSameAddress(inside, 4, outside, 0);
    words[base + CLIENT_AT] = this.#shared.hold(inside, 0);
    words[base + INNER_AT] = isLiteral ? base + REMOTE : this.#shared.hold(inside, 4);
    words[base + EGRESS_AT] = this.#shared.hold(outside, 4);
    return id;
  }

  /** Makes a filled record findable. */
  insert(id: number): void {
    this.#inside.add(this.#insideHash(id), id);
    this.#outside.add(this.#outsideHash(id), id);
    this.#mappings.join(id);
  }

  /**
   * Removes a flow and frees its record, which can be read until the next one is allocated. True when it was the last flow
   * of its mapping, whose port is then free.
   */
  remove(id: number): boolean {
    this.#inside.remove(this.#insideHash(id), id);
    this.#outside.remove(this.#outsideHash(id), id);
    const wasLast = this.#mappings.leave(id);
    this.#releaseAddresses(id * RECORD_WORDS);
    this.words[id * RECORD_WORDS + OUTSIDE] = 0;
    this.#free[this.#freeCount++] = id;
    return wasLast;
  }

  /** Whether `id` holds a flow: a live record names its protocol. */
  isLive(id: number): boolean {
    return id < this.#fresh && this.words[id * RECORD_WORDS + OUTSIDE] !== 0;
  }

  /** Ids below this one may be live. */
  get highestId(): number {
    return this.#fresh;
  }

  #releaseAddresses(base: number): void {
    const inner = this.words[base + INNER_AT] ?? 0;
    if (inner !== base + REMOTE) this.#shared.release(inner);
    this.#shared.release(this.words[base + CLIENT_AT] ?? 0);
    this.#shared.release(this.words[base + EGRESS_AT] ?? 0);
  }

  #insideHash(id: number): number {
    const { words } = this;
    const base = id * RECORD_WORDS;
    const client = words[base + CLIENT_AT] ?? 0;
    const inner = words[base + INNER_AT] ?? 0;
    return hashKey(this.#seed, words, client, words, inner, words[base + PORTS] ?? 0, this.#protocolOf(base));
  }

  #outsideHash(id: number): number {
    const { words } = this;
    const base = id * RECORD_WORDS;
    const egress = words[base + EGRESS_AT] ?? 0;
    const ports = ((words[base + OUTSIDE] ?? 0) & 0xffff_0000) | ((words[base + PORTS] ?? 0) & 0xffff);
    return hashKey(this.#seed, words, base + REMOTE, words, egress, ports, this.#protocolOf(base));
  }

  #protocolOf(base: number): number {
    return ((this.words[base + OUTSIDE] ?? 0) >>> 8) & 0xff;
  }

  #kindIs(base: number, protocol: number, family: 4 | 6): boolean {
    return ((this.words[base + OUTSIDE] ?? 0) & 0xffff) === ((protocol << 8) | family);
  }

  /** Whether the address whose place is in the word at `placeAt` equals the one at `addresses[from..from+4)`. */
  #isAddress(placeAt: number, addresses: Uint32Array, from: number): boolean {
    return isSameAddress(this.words, this.words[placeAt] ?? 0, addresses, from);
  }
}
