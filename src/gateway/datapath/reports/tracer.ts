/**
 * Reports a worker's decisions and packets while a trace runs (`syngate trace`). Off, it costs a test of one field; on, a
 * copy of each wanted packet, as it came and as it left. Only a few batches can be in transit at a time: what the reader
 * cannot keep up with is left out and counted.
 */
import type { PacketBatch } from '../../../device/packet-batch.ts';
import type { FlowPlan } from '../../../nat/flow-plan.ts';
import { LEASE, PACKETS_OUT, RECORD_WORDS, VERDICT } from '../../../nat/flow-record.ts';
import type { FlowTable } from '../../../nat/flow-table.ts';
import type { DropReason } from '../../../report/drop-reason.ts';
import { readAddressWords } from '../../../wire/address-words.ts';
import type { PacketView } from '../../../wire/packet-view.ts';
import type { LeaseBook } from '../admission/lease-book.ts';
import type { VerdictBook, VerdictName } from '../admission/verdict-book.ts';
import { verdictNumber } from '../admission/verdict-word.ts';
import type { PacketReader } from '../packet-reader.ts';
import { readFlow } from './list-flows.ts';
import {
  CLIENTS_SIDE,
  type TraceBatch,
  type TracedPacket,
  type TraceEvent,
  type TraceSettings,
} from './trace-event.ts';
import { TraceFilter } from './trace-filter.ts';

/** Chosen by us: events that may wait for the next batch, and batches that may be in transit. */
const MOST_EVENTS = 4096;
const MOST_BYTES = 1_048_576;
const MOST_UNDER_WAY = 8;

/** Drop reasons that occur after a rule has decided. */
const AFTER_DECISION: ReadonlySet<DropReason> = new Set([
  'policy-blocked',
  'egress-none-healthy',
  'egress-no-address',
  'no-route',
  'flows-exhausted',
  'ports-exhausted',
  'client-flows-exhausted',
  'client-ports-exhausted',
]);

/** Drop reasons of frames that cannot go into a capture of IP packets. */
const NOT_IP: ReadonlySet<DropReason> = new Set(['not-ip', 'ethernet-truncated', 'arp-malformed']);

export interface TracerParts {
  readonly flows: Pick<FlowTable, 'words'>;
  readonly leases: Pick<LeaseBook, 'get' | 'find'>;
  readonly verdicts: Pick<VerdictBook, 'nameOf'>;
  readonly post: (batch: TraceBatch) => void;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** Milliseconds of the clock that the records' times are of. */
  readonly clock: () => number;
}

type Readable = Pick<PacketReader, 'packet' | 'isReadable'>;

interface Place {
  readonly batch: PacketBatch;
  readonly slot: number;
}

export class Tracer {
  readonly #parts: TracerParts;
  #settings: TraceSettings | undefined;
  #filter = new TraceFilter({});
  #events: TraceEvent[] = [];
  #bytes = 0;
  #lost = 0;

  constructor(parts: TracerParts) {
    this.#parts = parts;
  }

  /** Begins a trace, or with undefined ends it. */
  use(settings: TraceSettings | undefined): void {
    this.#settings = settings;
    this.#filter = new TraceFilter(settings?.filter ?? {});
    this.#events = [];
    this.#bytes = 0;
    this.#lost = 0;
  }

  get isOn(): boolean {
    return this.#settings !== undefined;
  }

  /** The packet as it is now, if packets are wanted. */
  copy({ view, at, end }: PacketView): Uint8Array<ArrayBuffer> | undefined {
    if (this.#settings?.packets !== true) return undefined;
    return new Uint8Array(view.buffer, view.byteOffset + at, end - at).slice();
  }

  /** A client's packet of flow `id`, already translated, leaves through an uplink. */
  left(id: number, before: Uint8Array<ArrayBuffer>, packet: PacketView, uplink: string): void {
    const { words } = this.#parts.flows;
    const base = id * RECORD_WORDS;
    const host = this.#hostOf(words, base);
    if (!this.#filter.takesFlow(words, base, host)) return;
    const isFirst = words[base + PACKETS_OUT] === 1;
    this.#receive(CLIENTS_SIDE, before, isFirst ? this.#describe(words, base, host) : null);
    this.#send(uplink, packet);
  }

  /** A packet from an uplink, already translated, goes to the client of the record that starts at `base`. */
  arrived(
    words: Uint32Array,
    base: number,
    before: Uint8Array<ArrayBuffer>,
    packet: PacketView,
    uplink: string,
  ): void {
    if (!this.#filter.takesFlow(words, base, this.#hostOf(words, base))) return;
    this.#receive(uplink, before, null);
    this.#send(CLIENTS_SIDE, packet);
  }

  /** A flow has begun. */
  opened(id: number): void {
    const { flows, clock } = this.#parts;
    const base = id * RECORD_WORDS;
    const host = this.#hostOf(flows.words, base);
    if (!this.#filter.takesFlow(flows.words, base, host)) return;
    const names = { host, verdict: this.#verdictOf(flows.words[base + VERDICT] ?? 0) };
    const flow = readFlow(flows.words, base, names, Math.floor(clock() / 1000));
    const { protocol, client, clientPort, inner, remotePort } = flow;
    const ends = { protocol, client, clientPort, destination: inner, port: remotePort };
    this.#add({
      type: 'decision',
      wallMs: this.#now(),
      ...ends,
      host,
      rule: flow.rule,
      result: 'opened',
      flow,
    });
  }

  /** A client's packet was refused; `plan` is what had been decided about it by then. */
  refused(reader: Readable, place: Place, plan: FlowPlan, reason: DropReason): void {
    const { packet } = reader;
    if (!reader.isReadable) {
      if (this.#filter.takesAnything)
        this.#receive(CLIENTS_SIDE, this.#copySlot(place), `dropped: ${reason}`);
      return;
    }
    const { protocol, family, addresses, sourcePort, destinationPort } = packet;
    const host = this.#parts.leases.find(addresses, 4)?.hostname ?? null;
    if (!this.#filter.takesRefused(addresses, protocol, host)) return;
    const verdict = AFTER_DECISION.has(reason) ? this.#verdictOf(plan.verdict) : undefined;
    this.#add({
      type: 'decision',
      wallMs: this.#now(),
      protocol,
      client: readAddressWords(addresses, 0, family),
      clientPort: sourcePort,
      destination: readAddressWords(addresses, 4, family),
      port: destinationPort,
      host,
      rule: verdict === undefined || verdict.rule === null ? null : { id: verdict.rule, name: verdict.name },
      result: reason,
      flow: undefined,
    });
    this.#receive(CLIENTS_SIDE, this.copy(packet), `dropped: ${reason}`);
  }

  /** A packet from the internet was dropped. */
  dropped({ packet, isReadable }: Readable, place: Place, side: string, reason: DropReason): void {
    const isWanted = isReadable
      ? this.#filter.takesStranger(packet.addresses, packet.protocol)
      : this.#filter.takesAnything && !NOT_IP.has(reason);
    if (!isWanted) return;
    this.#receive(side, isReadable ? this.copy(packet) : this.#copySlot(place), `dropped: ${reason}`);
  }

  /** Posts the recorded events, unless too much is in transit. */
  flush(): void {
    if (this.#settings === undefined || (this.#events.length === 0 && this.#lost === 0)) return;
    const underWay = new Int32Array(this.#settings.underWay);
    if (Atomics.load(underWay, 0) >= MOST_UNDER_WAY) return;
    Atomics.add(underWay, 0, 1);
    this.#parts.post({ trace: this.#settings.trace, events: this.#events, lost: this.#lost });
    this.#events = [];
    this.#bytes = 0;
    this.#lost = 0;
  }

  /** A copy of the slot's bytes, whatever they are. */
  #copySlot({ batch, slot }: Place): Uint8Array<ArrayBuffer> | undefined {
    if (this.#settings?.packets !== true) return undefined;
    const at = batch.packetAt(slot);
    return batch.bytes.slice(at, at + (batch.lengths[slot] ?? 0));
  }

  #receive(side: string, bytes: Uint8Array<ArrayBuffer> | undefined, comment: string | null): void {
    if (bytes !== undefined)
      this.#addPacket({ type: 'packet', wallMs: this.#now(), side, bytes, isSent: false, comment });
  }

  #send(side: string, packet: PacketView): void {
    const bytes = this.copy(packet);
    if (bytes !== undefined)
      this.#addPacket({ type: 'packet', wallMs: this.#now(), side, bytes, isSent: true, comment: null });
  }

  #addPacket(packet: TracedPacket): void {
    const { length } = packet.bytes;
    if (this.#bytes + length > MOST_BYTES) this.flush();
    if (this.#bytes + length > MOST_BYTES) {
      this.#lost++;
      return;
    }
    this.#bytes += length;
    this.#add(packet);
  }

  #add(event: TraceEvent): void {
    if (this.#events.length === MOST_EVENTS) this.flush();
    if (this.#events.length === MOST_EVENTS) this.#lost++;
    else this.#events.push(event);
  }

  #describe(words: Uint32Array, base: number, host: string | null): string {
    const rule = this.#verdictOf(words[base + VERDICT] ?? 0)?.name ?? 'a rule of a former policy';
    return `${host ?? 'a literal address'}, by rule: ${rule}`;
  }

  #hostOf(words: Uint32Array, base: number): string | null {
    return this.#parts.leases.get((words[base + LEASE] ?? 0) - 1)?.hostname ?? null;
  }

  #verdictOf(word: number): VerdictName | undefined {
    return this.#parts.verdicts.nameOf(verdictNumber(word));
  }

  #now(): number {
    return this.#parts.wallClock();
  }
}
