/** Makes a worker's flows readable, for the management API. */
import {
  ageOf,
  BYTES_IN,
  BYTES_OUT,
  CLIENT_AT,
  EGRESS_AT,
  INNER_AT,
  LAST_SEEN,
  LEASE,
  OUTSIDE,
  PACKETS_IN,
  PACKETS_OUT,
  PORTS,
  RECORD_WORDS,
  REMOTE,
  ROUTE,
  readCounter,
  STATE,
  VERDICT,
} from '../../../nat/flow-record.ts';
import type { FlowTable } from '../../../nat/flow-table.ts';
import { describeTcpState } from '../../../nat/tcp-state.ts';
import { readAddressWords } from '../../../wire/address-words.ts';
import { PROTOCOL_TCP } from '../../../wire/protocol.ts';
import type { LeaseBook } from '../admission/lease-book.ts';
import type { VerdictBook, VerdictName } from '../admission/verdict-book.ts';
import { verdictMethod, verdictNumber, verdictRole } from '../admission/verdict-word.ts';
import type { TraceQuery } from './trace-event.ts';
import { TraceFilter } from './trace-filter.ts';
import type { WorkerFlow } from './worker-flow.ts';

/** Which flows to list: the newest that match. */
export interface FlowQuery extends TraceQuery {
  /** Id or name of the rule that decided them. */
  readonly rule?: string | undefined;
  readonly limit: number;
}

export interface FlowNames {
  readonly host: string | null;
  readonly verdict: VerdictName | undefined;
}

export interface FlowSources {
  readonly flows: FlowTable;
  readonly leases: Pick<LeaseBook, 'get'>;
  readonly verdicts: Pick<VerdictBook, 'nameOf'>;
}

/**
 * The newest live flows that match, newest first; `now` is in whole seconds of the translator's clock. Packets wait
 * meanwhile: so only the record is read of a flow that is not listed.
 */
export function listFlows(sources: FlowSources, query: FlowQuery, now: number): WorkerFlow[] {
  const { flows, leases, verdicts } = sources;
  return findNewest(sources, query, now).map((id) => {
    const base = id * RECORD_WORDS;
    const names = {
      host: hostOf(leases, flows.words, base),
      verdict: verdictOf(verdicts, flows.words, base),
    };
    return readFlow(flows.words, base, names, now);
  });
}

/** Ids by age: sorts numbers age × highestId + id, whose remainder is the id. */
function findNewest({ flows, leases, verdicts }: FlowSources, query: FlowQuery, now: number): number[] {
  const { words, highestId } = flows;
  const filter = new TraceFilter(query);
  const found = new Float64Array(flows.size);
  let count = 0;
  for (let id = 0; id < highestId; id++) {
    if (!flows.isLive(id)) continue;
    const base = id * RECORD_WORDS;
    const host = query.host === undefined ? null : hostOf(leases, words, base);
    if (!filter.takesFlow(words, base, host)) continue;
    if (query.rule !== undefined && !isOfRule(verdictOf(verdicts, words, base), query.rule)) continue;
    found[count++] = ageOf(words[base + STATE] ?? 0, now) * highestId + id;
  }
  return Array.from(found.subarray(0, count).sort().subarray(0, query.limit), (key) => key % highestId);
}

function hostOf(leases: Pick<LeaseBook, 'get'>, words: Uint32Array, base: number): string | null {
  return leases.get((words[base + LEASE] ?? 0) - 1)?.hostname ?? null;
}

function verdictOf(
  verdicts: Pick<VerdictBook, 'nameOf'>,
  words: Uint32Array,
  base: number,
): VerdictName | undefined {
  return verdicts.nameOf(verdictNumber(words[base + VERDICT] ?? 0));
}

function isOfRule(verdict: VerdictName | undefined, rule: string): boolean {
  return verdict !== undefined && verdict.rule !== null && (verdict.rule === rule || verdict.name === rule);
}

/** The flow whose record starts at `base`; `names` are what its numbers stand for. */
export function readFlow(
  words: Uint32Array,
  base: number,
  { host, verdict }: FlowNames,
  now: number,
): WorkerFlow {
  const word = (at: number) => words[base + at] ?? 0;
  const family = (word(OUTSIDE) & 0xff) === 4 ? 4 : 6;
  const protocol = (word(OUTSIDE) >>> 8) & 0xff;
  return {
    protocol,
    state:
      protocol === PROTOCOL_TCP
        ? describeTcpState(word(STATE))
        : word(PACKETS_IN) > 0
          ? 'replied'
          : 'unreplied',
    client: readAddressWords(words, word(CLIENT_AT), family),
    clientPort: word(PORTS) >>> 16,
    inner: readAddressWords(words, word(INNER_AT), family),
    remote: readAddressWords(words, base + REMOTE, family),
    remotePort: word(PORTS) & 0xffff,
    egress: readAddressWords(words, word(EGRESS_AT), family),
    externalPort: word(OUTSIDE) >>> 16,
    egressIndex: word(ROUTE) & 0xffff,
    host,
    rule: verdict === undefined || verdict.rule === null ? null : { id: verdict.rule, name: verdict.name },
    method: verdictMethod(word(VERDICT)),
    role: verdictRole(word(VERDICT)),
    ageSeconds: ageOf(word(STATE), now),
    idleSeconds: Math.max(0, now - word(LAST_SEEN)),
    packetsOut: word(PACKETS_OUT),
    packetsIn: word(PACKETS_IN),
    bytesOut: readCounter(words, base + BYTES_OUT),
    bytesIn: readCounter(words, base + BYTES_IN),
  };
}
