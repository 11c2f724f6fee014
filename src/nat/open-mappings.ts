/**
 * UDP mappings with endpoint-independent filtering (RFC 4787 section 5, rows U9 and G7), for flows whose rule asks for it.
 * A *caller* is an unsolicited peer that sends to one. It opens no flow and keeps none alive (REQ-6, row U7), so it uses up
 * nothing. It is remembered for a while: when the client answers it, the new flow leaves from the external address and port
 * that the caller sent to.
 */
import { TokenBucket } from '../time/token-bucket.ts';
import { isSameAddress } from '../wire/address-words.ts';
import type { PacketView } from '../wire/packet-view.ts';
import { PROTOCOL_UDP } from '../wire/protocol.ts';
import {
  CLIENT_AT,
  COPY_WORDS,
  copyRecord,
  EGRESS_AT,
  INNER_AT,
  LEASE,
  OUTSIDE,
  PORTS,
  RECORD_WORDS,
  REMOTE,
} from './flow-record.ts';
import type { FlowTable } from './flow-table.ts';
import { computeDeltas } from './translate.ts';

/** Chosen by us: callers remembered by one worker, some 1 KiB each; the oldest is forgotten first. */
const MOST_CALLERS = 16_384;
/** Chosen by us: new callers per second that a mapping admits, on average and in a burst. */
const CALLER_RATE = 100;
const CALLER_BURST = 200;

/** An unsolicited peer: it sent to an open mapping from an address and port that no flow goes to. */
export interface Caller {
  readonly mapping: OpenMapping;
  /** A flow record followed by its addresses: how to rewrite the caller's packets. */
  readonly words: Uint32Array;
  readonly outsideKey: string;
  readonly insideKey: string;
}

export interface OpenMapping {
  readonly key: string;
  /** The flows that keep it open. */
  readonly flows: Set<number>;
  /** By `outsideKey`. */
  readonly callers: Map<string, Caller>;
  readonly limit: TokenBucket;
}

export class OpenMappings {
  readonly #flows: FlowTable;
  readonly #byEndpoint = new Map<string, OpenMapping>();
  readonly #byFlow = new Map<number, OpenMapping>();
  /** By `insideKey`, oldest first. */
  readonly #callers = new Map<string, Caller>();
  /** Callers that clients know by a name, by the slot of that name's lease. */
  readonly #byLease = new Map<number, Set<Caller>>();

  constructor(flows: FlowTable) {
    this.#flows = flows;
  }

  /** The mapping of this flow is open as long as the flow lives. */
  join(id: number, nowMs: number): void {
    const { words } = this.#flows;
    const base = id * RECORD_WORDS;
    const key = keyOf(words, words[base + EGRESS_AT] ?? 0, (words[base + OUTSIDE] ?? 0) >>> 16);
    const mapping = this.#byEndpoint.get(key) ?? {
      key,
      flows: new Set(),
      callers: new Map(),
      limit: new TokenBucket(CALLER_RATE, CALLER_BURST, nowMs),
    };
    mapping.flows.add(id);
    this.#byEndpoint.set(key, mapping);
    this.#byFlow.set(id, mapping);
  }

  /** A flow has ended. */
  leave(id: number): void {
    const mapping = this.#byFlow.size === 0 ? undefined : this.#byFlow.get(id);
    if (mapping === undefined) return;
    this.#byFlow.delete(id);
    mapping.flows.delete(id);
    if (mapping.flows.size > 0) return;
    this.#byEndpoint.delete(mapping.key);
    for (const caller of mapping.callers.values()) this.#forget(caller);
  }

  /** The open mapping that a packet from the internet is for. */
  find({ protocol, addresses, destinationPort }: PacketView): OpenMapping | undefined {
    if (protocol !== PROTOCOL_UDP || this.#byEndpoint.size === 0) return undefined;
    return this.#byEndpoint.get(keyOf(addresses, 4, destinationPort));
  }

  /** The caller that sent this packet; undefined for one that has not been admitted. */
  callerOf(mapping: OpenMapping, { addresses, sourcePort }: PacketView): Caller | undefined {
    return mapping.callers.get(keyOf(addresses, 0, sourcePort));
  }

  /**
   * Makes the record of a new caller, before it is admitted. If the client has reached that host by a name over this mapping,
   * it sees the caller under the address it dialled then, otherwise under the caller's own address.
   */
  describe(mapping: OpenMapping, { addresses, sourcePort }: PacketView): Caller {
    const words = this.#recordFor(mapping, addresses);
    words.set(addresses.subarray(0, 4), REMOTE);
    words[PORTS] = (((words[PORTS] ?? 0) & 0xffff_0000) | sourcePort) >>> 0;
    computeDeltas(words, 0);
    return {
      mapping,
      words,
      outsideKey: keyOf(addresses, 0, sourcePort),
      insideKey: insideKeyOf(words, words[CLIENT_AT] ?? 0, (words[PORTS] ?? 0) >>> 16, sourcePort),
    };
  }

  /** Remembers a caller. */
  admit(caller: Caller): void {
    const former = this.#callers.get(caller.insideKey);
    if (former !== undefined) this.#forget(former);
    caller.mapping.callers.set(caller.outsideKey, caller);
    this.#callers.set(caller.insideKey, caller);
    this.#rememberLease(caller);
    for (const oldest of this.#callers.values()) {
      if (this.#callers.size <= MOST_CALLERS) return;
      this.#forget(oldest);
    }
  }

  /** The caller to which a client's packet replies. */
  answered({ protocol, addresses, sourcePort, destinationPort }: PacketView): Caller | undefined {
    if (protocol !== PROTOCOL_UDP || this.#callers.size === 0) return undefined;
    return this.#callers.get(insideKeyOf(addresses, 0, sourcePort, destinationPort));
  }

  /** The synthetic address of the lease means nothing from now on, and may come to mean another name (row S2). */
  endLease(slot: number): void {
    for (const caller of this.#byLease.get(slot) ?? []) this.#forget(caller);
  }

  /** Callers that are remembered. */
  get callerCount(): number {
    return this.#callers.size;
  }

  #rememberLease(caller: Caller): void {
    const slot = leaseOf(caller);
    if (slot === -1) return;
    const callers = this.#byLease.get(slot) ?? new Set();
    this.#byLease.set(slot, callers.add(caller));
  }

  #forget(caller: Caller): void {
    const { mapping, insideKey, outsideKey } = caller;
    mapping.callers.delete(outsideKey);
    this.#callers.delete(insideKey);
    const slot = leaseOf(caller);
    const sameLease = this.#byLease.get(slot);
    sameLease?.delete(caller);
    if (sameLease?.size === 0) this.#byLease.delete(slot);
  }

  /** A copy of an open flow's record, preferably of one to the same host: its `INNER` is what the client knows that host by. */
  #recordFor(mapping: OpenMapping, caller: Uint32Array): Uint32Array {
    const { words } = this.#flows;
    const copy = new Uint32Array(COPY_WORDS);
    let last = 0;
    for (const id of mapping.flows) {
      last = id * RECORD_WORDS;
      if (!isSameAddress(words, last + REMOTE, caller, 0)) continue;
      copyRecord(words, last, copy, 0);
      return copy;
    }
    copyRecord(words, last, copy, 0);
    copy.set(caller.subarray(0, 4), copy[INNER_AT]);
    copy[LEASE] = 0;
    return copy;
  }
}

/** Slot of the lease under which the client knows the caller, or -1. */
function leaseOf({ words }: Caller): number {
  return (words[LEASE] ?? 0) - 1;
}

function keyOf(words: Uint32Array, at: number, port: number): string {
  return `${words[at]}:${words[at + 1]}:${words[at + 2]}:${words[at + 3]}:${port}`;
}

/** The client's endpoint and the peer as the client sees it: eight words from `at` on, as in packets and copied records. */
function insideKeyOf(words: Uint32Array, at: number, clientPort: number, port: number): string {
  return `${keyOf(words, at, clientPort)}>${keyOf(words, at + 4, port)}`;
}
