/**
 * The flows of one worker: records in a Uint32Array, found by their inside key (what the client sends) and their outside
 * key (what comes back), and joined into mappings, so that one inside endpoint keeps one external port at one egress
 * address whatever it talks to (RFC 4787 section 4.1, rows U1 and T1).
 *
 * A finder takes a decoded `PacketView` and answers with a flow id or -1; ids are 0 to capacity - 1. The typed arrays are
 * reserved whole but zero pages cost nothing until a flow uses them.
 */
import type { PacketView } from '../wire/packet-view.ts';
import { finishHash, hashWords, mix } from './flow-hash.ts';
import { FlowIndex } from './flow-index.ts';
import {
  CLIENT,
  EGRESS,
  MAPPING_NEXT,
  MAPPING_PREVIOUS,
  OUTSIDE,
  PORTS,
  RECORD_WORDS,
  REMOTE,
} from './flow-record.ts';

export class FlowTable {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly capacity: number;
  readonly #seed: number;
  readonly #inside: FlowIndex;
  readonly #outside: FlowIndex;
  readonly #mappings: FlowIndex;
  /** Ids that were used and are free again; ids from `#fresh` on were never used. */
  readonly #free: Uint32Array;
  #freeCount = 0;
  #fresh = 0;

  constructor(capacity: number, seed: number) {
    this.capacity = capacity;
    this.words = new Uint32Array(capacity * RECORD_WORDS);
    this.#seed = seed;
    this.#inside = new FlowIndex(capacity, (id) => this.#insideHash(id));
    this.#outside = new FlowIndex(capacity, (id) => this.#outsideHash(id));
    this.#mappings = new FlowIndex(capacity, (id) => this.#mappingHashOf(id));
    this.#free = new Uint32Array(capacity);
  }

  get size(): number {
    return this.#fresh - this.#freeCount;
  }

  /** Bytes of records and indexes for a table that is full. */
  get byteLength(): number {
    const indexes = [this.#inside, this.#outside, this.#mappings];
    return indexes.reduce((sum, index) => sum + index.byteLength, this.words.byteLength);
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
    const hash = this.#hash(addresses, 0, 8, ports, protocol);
    let place = this.#inside.first(hash);
    while (place !== -1) {
      const id = this.#inside.idAt(place);
      const base = id * RECORD_WORDS;
      if (this.words[base + PORTS] === ports >>> 0 && this.#kindIs(base, protocol, family)) {
        if (this.#equalWords(base + CLIENT, addresses, 0, 8)) return id;
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
    const hash = this.#hash(addresses, 0, 8, (externalPort << 16) | remotePort, protocol);
    const outside = ((externalPort << 16) | (protocol << 8) | family) >>> 0;
    let place = this.#outside.first(hash);
    while (place !== -1) {
      const id = this.#outside.idAt(place);
      const base = id * RECORD_WORDS;
      if (
        this.words[base + OUTSIDE] === outside &&
        ((this.words[base + PORTS] ?? 0) & 0xffff) === remotePort
      ) {
        if (this.#equalWords(base + REMOTE, addresses, 0, 8)) return id;
      }
      place = this.#outside.next(hash, place);
    }
    return -1;
  }

  /** An external port that an inside endpoint already has at an egress address and that `suits`, or -1. */
  findMapping(packet: PacketView, egress: Uint32Array, suits: (port: number) => boolean): number {
    const { addresses, protocol, family, sourcePort } = packet;
    const hash = this.#mappingHash(addresses, 0, egress, 0, sourcePort, protocol);
    let place = this.#mappings.first(hash);
    while (place !== -1) {
      const base = this.#mappings.idAt(place) * RECORD_WORDS;
      const samePort = (this.words[base + PORTS] ?? 0) >>> 16 === sourcePort;
      if (
        samePort &&
        this.#kindIs(base, protocol, family) &&
        this.#equalWords(base + CLIENT, addresses, 0, 4)
      ) {
        const port = (this.words[base + OUTSIDE] ?? 0) >>> 16;
        if (this.#equalWords(base + EGRESS, egress, 0, 4) && suits(port)) return port;
      }
      place = this.#mappings.next(hash, place);
    }
    return -1;
  }

  /** A blank record; the caller fills it and then calls `insert`. The table must not be full. */
  allocate(): number {
    const id = this.#freeCount > 0 ? (this.#free[--this.#freeCount] ?? 0) : this.#fresh++;
    this.words.fill(0, id * RECORD_WORDS, (id + 1) * RECORD_WORDS);
    return id;
  }

  /** Makes a filled record findable. */
  insert(id: number): void {
    this.#inside.add(this.#insideHash(id), id);
    this.#outside.add(this.#outsideHash(id), id);
    this.#joinMapping(id);
  }

  /** Forgets a flow and frees its record; true when it was the last of its mapping, whose port is then free. */
  remove(id: number): boolean {
    this.#inside.remove(this.#insideHash(id), id);
    this.#outside.remove(this.#outsideHash(id), id);
    const last = this.#leaveMapping(id);
    this.words[id * RECORD_WORDS + OUTSIDE] = 0;
    this.#free[this.#freeCount++] = id;
    return last;
  }

  /** Whether `id` holds a flow: a live record names its protocol. */
  isLive(id: number): boolean {
    return id < this.#fresh && this.words[id * RECORD_WORDS + OUTSIDE] !== 0;
  }

  /** Ids below this one may be live. */
  get highestId(): number {
    return this.#fresh;
  }

  #joinMapping(id: number): void {
    const base = id * RECORD_WORDS;
    const hash = this.#mappingHashOf(id);
    const head = this.#mappingHead(hash, base);
    if (head === -1) {
      this.#mappings.add(hash, id);
      return;
    }
    this.words[base + MAPPING_NEXT] = head + 1;
    this.words[head * RECORD_WORDS + MAPPING_PREVIOUS] = id + 1;
    this.#mappings.replace(hash, head, id);
  }

  #leaveMapping(id: number): boolean {
    const base = id * RECORD_WORDS;
    const next = (this.words[base + MAPPING_NEXT] ?? 0) - 1;
    const previous = (this.words[base + MAPPING_PREVIOUS] ?? 0) - 1;
    if (next !== -1) this.words[next * RECORD_WORDS + MAPPING_PREVIOUS] = previous + 1;
    if (previous !== -1) {
      this.words[previous * RECORD_WORDS + MAPPING_NEXT] = next + 1;
      return false;
    }
    if (next === -1) this.#mappings.remove(this.#mappingHashOf(id), id);
    else this.#mappings.replace(this.#mappingHashOf(id), id, next);
    return next === -1;
  }

  #mappingHead(hash: number, base: number): number {
    const { words } = this;
    let place = this.#mappings.first(hash);
    while (place !== -1) {
      const other = this.#mappings.idAt(place) * RECORD_WORDS;
      const sameEnds = (words[base + PORTS] ?? 0) >>> 16 === (words[other + PORTS] ?? 0) >>> 16;
      if (sameEnds && words[base + OUTSIDE] === words[other + OUTSIDE]) {
        if (this.#equalWords(base + CLIENT, words, other + CLIENT, 4)) {
          if (this.#equalWords(base + EGRESS, words, other + EGRESS, 4)) return this.#mappings.idAt(place);
        }
      }
      place = this.#mappings.next(hash, place);
    }
    return -1;
  }

  #insideHash(id: number): number {
    const base = id * RECORD_WORDS;
    return this.#hash(this.words, base + CLIENT, 8, this.words[base + PORTS] ?? 0, this.#protocolOf(base));
  }

  #outsideHash(id: number): number {
    const base = id * RECORD_WORDS;
    const externalPort = (this.words[base + OUTSIDE] ?? 0) & 0xffff_0000;
    const remotePort = (this.words[base + PORTS] ?? 0) & 0xffff;
    return this.#hash(this.words, base + REMOTE, 8, externalPort | remotePort, this.#protocolOf(base));
  }

  #mappingHashOf(id: number): number {
    const base = id * RECORD_WORDS;
    const port = (this.words[base + PORTS] ?? 0) >>> 16;
    return this.#mappingHash(
      this.words,
      base + CLIENT,
      this.words,
      base + EGRESS,
      port,
      this.#protocolOf(base),
    );
  }

  #mappingHash(
    client: Uint32Array,
    clientAt: number,
    egress: Uint32Array,
    egressAt: number,
    port: number,
    protocol: number,
  ): number {
    const hash = hashWords(hashWords(this.#seed, client, clientAt, 4), egress, egressAt, 4);
    return finishHash(mix(hash, (port << 8) | protocol));
  }

  #hash(words: Uint32Array, from: number, count: number, ports: number, protocol: number): number {
    return finishHash(mix(mix(hashWords(this.#seed, words, from, count), ports), protocol));
  }

  #protocolOf(base: number): number {
    return ((this.words[base + OUTSIDE] ?? 0) >>> 8) & 0xff;
  }

  #kindIs(base: number, protocol: number, family: 4 | 6): boolean {
    return ((this.words[base + OUTSIDE] ?? 0) & 0xffff) === ((protocol << 8) | family);
  }

  #equalWords(at: number, words: Uint32Array, from: number, count: number): boolean {
    for (let word = 0; word < count; word++) {
      if (this.words[at + word] !== words[from + word]) return false;
    }
    return true;
  }
}
