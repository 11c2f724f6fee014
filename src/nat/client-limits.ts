/**
 * Limits for each client, so that none starves the others (RFC 6888 REQ-4 and REQ-5, rows G4 and G5): live flows, external
 * ports of one egress address, and new flows per second. A client at a limit gets nothing more; what it has is never taken
 * away (REQ-11, row G11).
 */
import type { DropReason } from '../report/drop-reason.ts';
import { TokenBucket } from '../time/token-bucket.ts';
import type { Address } from '../wire/address.ts';
import { readAddressWords } from '../wire/address-words.ts';
import { isScarce } from './scarcity.ts';

export interface ClientLimitSettings {
  /** Live flows at a time. */
  readonly flows: number;
  /** External ports of one egress address, all protocols together. */
  readonly ports: number;
  /** New flows per second on average, and in a burst. */
  readonly flowRate: number;
  readonly flowBurst: number;
}

/** What a client with flows uses. */
export interface ClientUse {
  readonly address: Address;
  readonly flows: number;
  /** External ports of the egress address where it has most. */
  readonly ports: number;
}

/** Clients without a flow whose rate is remembered; the one idle for longest is forgotten first. */
const MOST_IDLE = 65_536;

export class ClientLimits {
  readonly #settings: ClientLimitSettings;
  /** Milliseconds without new flows after which a client may open a whole burst again. */
  readonly #refillMs: number;
  readonly #busy = new Map<ClientKey, Client>();
  /** Clients without a flow; the one that tried most recently is last. */
  readonly #idle = new Map<ClientKey, Client>();

  constructor(settings: ClientLimitSettings) {
    this.#settings = settings;
    this.#refillMs = (settings.flowBurst / settings.flowRate) * 1000;
  }

  /** Counts an attempt by the client at `words[0..4)` to open a flow; returns why it must wait, or undefined. */
  admit(words: Uint32Array, nowMs: number): DropReason | undefined {
    const key = keyOf(words, 0);
    const client = this.#busy.get(key) ?? this.#touchIdle(key, nowMs);
    return client.bucket.take(nowMs) ? undefined : 'client-rate-limited';
  }

  /** Why the client may have no further flow, or undefined. */
  refuseFlow(words: Uint32Array): DropReason | undefined {
    const { flows = 0 } = this.#busy.get(keyOf(words, 0)) ?? {};
    return flows < this.#settings.flows ? undefined : 'client-flows-exhausted';
  }

  /** Why the client may have no further port of an egress address, or undefined. */
  refusePort(words: Uint32Array, egressIndex: number): DropReason | undefined {
    const ports = this.#busy.get(keyOf(words, 0))?.ports.get(egressIndex) ?? 0;
    return ports < this.#settings.ports ? undefined : 'client-ports-exhausted';
  }

  /** Whether the client at `words[at..at+4)` is close to its limit of flows, or of ports of an egress address. */
  isScarce(words: Uint32Array, at: number, egressIndex: number): boolean {
    const client = this.#busy.get(keyOf(words, at));
    if (client === undefined) return false;
    const { flows, ports } = this.#settings;
    return isScarce(client.flows, flows) || isScarce(client.ports.get(egressIndex) ?? 0, ports);
  }

  /** A flow has been opened; `tookPort` when it is the first of its mapping. */
  open(words: Uint32Array, egressIndex: number, tookPort: boolean, nowMs: number): void {
    const key = keyOf(words, 0);
    const client = this.#busy.get(key) ?? this.#idle.get(key) ?? this.#makeClient(nowMs);
    this.#idle.delete(key);
    this.#busy.set(key, client);
    client.flows++;
    if (tookPort) client.ports.set(egressIndex, (client.ports.get(egressIndex) ?? 0) + 1);
  }

  /** A flow of the client at `words[at..at+4)` has ended; `freedPort` when it was the last of its mapping. */
  close(words: Uint32Array, at: number, egressIndex: number, freedPort: boolean, nowMs: number): void {
    const key = keyOf(words, at);
    const client = this.#busy.get(key);
    if (client === undefined) return;
    if (freedPort) this.#freePort(client, egressIndex);
    client.flows--;
    if (client.flows > 0) return;
    this.#busy.delete(key);
    this.#putIdle(key, client, nowMs);
  }

  /** The use of up to `most` clients with flows, the heaviest first. Packets wait meanwhile. */
  uses(most: number): ClientUse[] {
    const busiest = [...this.#busy].sort(([, one], [, other]) => other.flows - one.flows).slice(0, most);
    return busiest.map(([key, { flows, ports }]) => ({
      address: addressOf(key),
      flows,
      ports: Math.max(0, ...ports.values()),
    }));
  }

  /** Remembered clients. */
  get size(): number {
    return this.#busy.size + this.#idle.size;
  }

  #freePort({ ports }: Client, egressIndex: number): void {
    const left = (ports.get(egressIndex) ?? 0) - 1;
    if (left > 0) ports.set(egressIndex, left);
    else ports.delete(egressIndex);
  }

  #touchIdle(key: ClientKey, nowMs: number): Client {
    const client = this.#idle.get(key) ?? this.#makeClient(nowMs);
    this.#idle.delete(key);
    this.#putIdle(key, client, nowMs);
    return client;
  }

  /** Each addition removes up to two clients whose burst is full again, so that none is kept for ever. */
  #putIdle(key: ClientKey, client: Client, nowMs: number): void {
    client.idleSinceMs = nowMs;
    this.#idle.set(key, client);
    for (let times = 0; times < 2; times++) this.#forgetOldest(nowMs);
  }

  #forgetOldest(nowMs: number): void {
    for (const [key, { idleSinceMs }] of this.#idle) {
      if (this.#idle.size > MOST_IDLE || nowMs - idleSinceMs > this.#refillMs) this.#idle.delete(key);
      return;
    }
  }

  #makeClient(nowMs: number): Client {
    const { flowRate, flowBurst } = this.#settings;
    return {
      flows: 0,
      ports: new Map(),
      bucket: new TokenBucket(flowRate, flowBurst, nowMs),
      idleSinceMs: nowMs,
    };
  }
}

interface Client {
  flows: number;
  /** External ports held, by the index of the egress address. */
  readonly ports: Map<number, number>;
  readonly bucket: TokenBucket;
  idleSinceMs: number;
}

type ClientKey = number | string;

/** An IPv4 address is in the last of its four words. */
function keyOf(words: Uint32Array, at: number): ClientKey {
  const [first = 0, second = 0, third = 0, last = 0] = [
    words[at],
    words[at + 1],
    words[at + 2],
    words[at + 3],
  ];
  return first === 0 ? last : `${first}:${second}:${third}:${last}`;
}

function addressOf(key: ClientKey): Address {
  const words = typeof key === 'number' ? [0, 0, 0, key] : key.split(':').map(Number);
  return readAddressWords(Uint32Array.from(words), 0, typeof key === 'number' ? 4 : 6);
}
