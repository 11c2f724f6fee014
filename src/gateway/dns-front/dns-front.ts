/**
 * The fast path for DNS over UDP. A datagram that is not from a client is dropped (row D5); a query with a valid cached answer is
 * answered at once; all others are posted to the control thread, whose resolver answers them and replies on the same socket. The
 * front itself neither composes answers nor applies DNS rules.
 */
import {
  DATAGRAM_SLOT_BYTES,
  DatagramBatch,
  peerAddress,
  peerAddressAt,
} from '../../device/datagram-batch.ts';
import type { UdpPort } from '../../device/udp-socket.ts';
import { DEFAULT_RESOLVER_LIMITS } from '../../resolver/resolver-options.ts';
import type { MonotonicClock } from '../../time/clock.ts';
import type { Family, Prefix } from '../../wire/address.ts';
import { Rcode } from '../../wire/dns/codes.ts';
import { viewOf } from '../../wire/dns/header.ts';
import { anyContains, PrefixWords } from '../datapath/admission/prefix-words.ts';
import type { FrontCache } from './front-cache.ts';
import type { FrontQuery, ToFront } from './front-protocol.ts';
import type { FrontState } from './front-state.ts';
import { QueryRate } from './query-rate.ts';

/** Offset of the second byte of the flags, and the rcode bits in it (RFC 1035 section 4.1.1). */
const RCODE_AT = 3;
const RCODE_BITS = 0xf;
/** Datagrams per read. */
const BATCH = 64;
/** Maximum queries waiting for the control thread: some 20 ms of its work. Chosen by us. */
export const MOST_WAITING = 1024;
/** Maximum waiting queries per client; the resolver would not accept more of them at a time, either (FL-11). */
export const MOST_WAITING_PER_CLIENT = DEFAULT_RESOLVER_LIMITS.queriesPerClient;
/** A client may take a third of the free places, so that floods by some clients leave room for others. Chosen by us. */
const FRACTION_OF_FREE = 3;

export interface FrontSocket {
  readonly port: Pick<UdpPort, 'receive' | 'send'>;
  readonly family: Family;
}

export interface DnsFrontParts {
  readonly sockets: readonly FrontSocket[];
  readonly clients: readonly Prefix[];
  readonly answers: FrontCache;
  readonly state: FrontState;
  readonly post: (queries: readonly FrontQuery[]) => void;
  readonly clock: MonotonicClock;
}

export class DnsFront {
  readonly #parts: DnsFrontParts;
  readonly #clients: readonly PrefixWords[];
  readonly #batch = new DatagramBatch(BATCH);
  readonly #peers = viewOf(this.#batch.peers);
  readonly #answered = new Uint32Array(BATCH);
  readonly #address = new Uint32Array(4);
  #generation: number;
  readonly #rate = new QueryRate();
  #wasFull = false;

  constructor(parts: DnsFrontParts) {
    this.#parts = parts;
    this.#clients = parts.clients.map((prefix) => new PrefixWords(prefix));
    this.#generation = parts.state.generation;
  }

  /** Caches an answer, unless it is of an earlier generation. */
  cache({ answer, generation }: Extract<ToFront, { type: 'cache' }>): void {
    this.#forgetOld();
    if (generation === this.#generation) this.#parts.answers.add(answer);
  }

  /** Whether to pause briefly: at a high query rate, with no more datagrams waiting, batching the next ones costs less. */
  get shouldRest(): boolean {
    return this.#rate.isHigh && !this.#wasFull;
  }

  /** Receives one batch from the socket with this index, and processes it. */
  serve(index: number): void {
    const { sockets, state, clock, post } = this.#parts;
    const socket = sockets[index];
    const count = socket?.port.receive(this.#batch) ?? 0;
    if (socket === undefined || count === 0) return;
    this.#forgetOld();
    const nowMs = clock();
    this.#rate.count(count, nowMs);
    this.#wasFull = count === BATCH;
    const forwarded: FrontQuery[] = [];
    let answered = 0;
    for (let slot = 0; slot < count; slot++) {
      if (!this.#isFromClient(slot, socket.family)) state.count('refusedClients');
      else if (this.#answer(slot, nowMs)) this.#answered[answered++] = slot;
      else if (this.#admit(slot, socket.family)) forwarded.push(this.#copy(slot, index));
    }
    state.count('answered', answered);
    if (answered > 0) socket.port.send(this.#batch, this.#answered, answered);
    if (forwarded.length > 0) post(forwarded);
  }

  #forgetOld(): void {
    const { generation } = this.#parts.state;
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#parts.answers.clear();
  }

  #isFromClient(slot: number, family: Family): boolean {
    const at = peerAddressAt(slot, family);
    const first = family === 4 ? 3 : 0;
    for (let word = 0; word < 4; word++)
      this.#address[word] = word < first ? 0 : this.#peers.getUint32(at + (word - first) * 4);
    return anyContains(this.#clients, family, this.#address, 0);
  }

  #answer(slot: number, nowMs: number): boolean {
    const { bytes, lengths } = this.#batch;
    const from = slot * DATAGRAM_SLOT_BYTES;
    const length = this.#parts.answers.answer(bytes, from, from + (lengths[slot] ?? 0), nowMs);
    if (length === 0) return false;
    lengths[slot] = length;
    if (((bytes[from + RCODE_AT] ?? 0) & RCODE_BITS) === Rcode.NXDOMAIN) this.#parts.state.count('absent');
    return true;
  }

  /** Whether the query may be posted to the control thread; if so, it is counted as waiting. */
  #admit(slot: number, family: Family): boolean {
    const { state } = this.#parts;
    if (this.#batch.lengths[slot] === 0) {
      state.count('ignored');
      return false;
    }
    const client = peerAddress(this.#batch.peer(slot), family);
    const most = Math.min(MOST_WAITING_PER_CLIENT, (MOST_WAITING - state.waiting) / FRACTION_OF_FREE);
    if (state.waitingOf(client) >= most) {
      state.count('overload');
      return false;
    }
    state.addWaiting(client, 1);
    return true;
  }

  #copy(slot: number, socket: number): FrontQuery {
    return { socket, peer: this.#batch.peer(slot).slice(), bytes: this.#batch.datagram(slot).slice() };
  }
}
