/**
 * Reports the beginnings and ends of flows to the control thread, for the flow log (RFC 6888 REQ-12, row G12). A copy of
 * the record goes into an array that is posted now and then, so that no object is made per flow. Only a few arrays can be
 * in transit at a time: a busy control thread costs records, which are counted, and never memory or packets.
 */

import type { FlowEnd } from '../../../nat/flow-end.ts';
import { COPY_WORDS, copyRecord, LEASE, RECORD_WORDS, VERDICT } from '../../../nat/flow-record.ts';
import type { FlowTable } from '../../../nat/flow-table.ts';
import type { LeaseBook } from '../admission/lease-book.ts';
import type { VerdictBook, VerdictName } from '../admission/verdict-book.ts';
import { verdictNumber } from '../admission/verdict-word.ts';

/** `stopped`: the flow was alive when the gateway ended. */
export const FLOW_EVENTS = ['start', 'idle', 'closed', 'reset', 'egress-lost', 'stopped'] as const;
export type FlowEvent = (typeof FLOW_EVENTS)[number];

/** Chosen by us: events between two flushes, 1.3 MB; four flushes a second make 32,000 a second. */
const CAPACITY = 8192;
/** Chosen by us, for all workers together. */
const MOST_UNDER_WAY = 16;

/** Events in the order in which they happened; entry n of each array belongs to event n. */
export interface FlowBatch {
  /** `COPY_WORDS` words for each: its record followed by its addresses. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** Indices into `FLOW_EVENTS`. */
  readonly events: Uint8Array<ArrayBuffer>;
  /** Milliseconds since 1970, and whole seconds of the clock that the records' times are of. */
  readonly wallMs: Float64Array<ArrayBuffer>;
  readonly seconds: Float64Array<ArrayBuffer>;
  readonly hosts: readonly (string | null)[];
  readonly verdicts: readonly (VerdictName | undefined)[];
}

export interface FlowRecorderParts {
  readonly flows: Pick<FlowTable, 'words' | 'isLive' | 'highestId'>;
  readonly leases: Pick<LeaseBook, 'get'>;
  readonly verdicts: Pick<VerdictBook, 'nameOf'>;
  readonly post: (batch: FlowBatch) => void;
  /** One 32-bit number: how many batches are in transit. */
  readonly underWay: SharedArrayBuffer;
  readonly onLost: () => void;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** Milliseconds of the clock that the records' times are of. */
  readonly clock: () => number;
}

export class FlowRecorder {
  readonly #parts: FlowRecorderParts;
  readonly #underWay: Int32Array<SharedArrayBuffer>;
  readonly #words = new Uint32Array(CAPACITY * COPY_WORDS);
  readonly #events = new Uint8Array(CAPACITY);
  readonly #wallMs = new Float64Array(CAPACITY);
  readonly #seconds = new Float64Array(CAPACITY);
  #hosts: (string | null)[] = [];
  #verdicts: (VerdictName | undefined)[] = [];

  constructor(parts: FlowRecorderParts) {
    this.#parts = parts;
    this.#underWay = new Int32Array(parts.underWay);
  }

  /** Takes note of flow `id`, whose record is still there. */
  record(id: number, event: FlowEvent | FlowEnd): void {
    const { flows, leases, verdicts, onLost, wallClock, clock } = this.#parts;
    const { words } = flows;
    const count = this.#hosts.length;
    if (count === CAPACITY) {
      onLost();
      return;
    }
    const base = id * RECORD_WORDS;
    copyRecord(words, base, this.#words, count * COPY_WORDS);
    this.#events[count] = FLOW_EVENTS.indexOf(event);
    this.#wallMs[count] = wallClock();
    this.#seconds[count] = Math.floor(clock() / 1000);
    this.#hosts.push(leases.get((words[base + LEASE] ?? 0) - 1)?.hostname ?? null);
    this.#verdicts.push(verdicts.nameOf(verdictNumber(words[base + VERDICT] ?? 0)));
  }

  /** Posts the recorded events, unless too much is in transit: then they wait, and new ones are lost when no room is left. */
  flush(): void {
    if (this.#hosts.length > 0 && Atomics.load(this.#underWay, 0) < MOST_UNDER_WAY) this.#post();
  }

  /** Records all live flows as the gateway ends. No packets are processed any more, so nothing need be lost. */
  stop(): void {
    const { flows } = this.#parts;
    for (let id = 0; id < flows.highestId; id++) {
      if (!flows.isLive(id)) continue;
      if (this.#hosts.length === CAPACITY) this.#post();
      this.record(id, 'stopped');
    }
    if (this.#hosts.length > 0) this.#post();
  }

  #post(): void {
    const count = this.#hosts.length;
    Atomics.add(this.#underWay, 0, 1);
    this.#parts.post({
      words: this.#words.slice(0, count * COPY_WORDS),
      events: this.#events.slice(0, count),
      wallMs: this.#wallMs.slice(0, count),
      seconds: this.#seconds.slice(0, count),
      hosts: this.#hosts,
      verdicts: this.#verdicts,
    });
    this.#hosts = [];
    this.#verdicts = [];
  }
}

/** Call when a batch has been processed. */
export function acknowledgeBatch(underWay: SharedArrayBuffer): void {
  Atomics.sub(new Int32Array(underWay), 0, 1);
}
