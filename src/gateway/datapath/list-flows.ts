/** Makes a worker's flows readable, for the management API. */
import {
  ageOf,
  BYTES_IN,
  BYTES_OUT,
  CLIENT,
  EGRESS,
  INNER,
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
} from '../../nat/flow-record.ts';
import type { FlowTable } from '../../nat/flow-table.ts';
import { describeTcpState } from '../../nat/tcp-state.ts';
import { readAddressWords } from '../../wire/address-words.ts';
import { PROTOCOL_TCP } from '../../wire/protocol.ts';
import type { WorkerFlow } from '../worker/worker-protocol.ts';
import type { LeaseBook } from './lease-book.ts';
import type { VerdictBook, VerdictName } from './verdict-book.ts';
import { verdictMethod, verdictNumber, verdictRole } from './verdict-word.ts';

export interface FlowNames {
  readonly host: string | null;
  readonly verdict: VerdictName | undefined;
}

/** All live flows; `now` is in whole seconds of the translator's clock. */
export function listFlows(
  flows: FlowTable,
  leases: LeaseBook,
  verdicts: VerdictBook,
  now: number,
): WorkerFlow[] {
  const listed: WorkerFlow[] = [];
  for (let id = 0; id < flows.highestId; id++) {
    if (!flows.isLive(id)) continue;
    const base = id * RECORD_WORDS;
    const host = leases.get((flows.words[base + LEASE] ?? 0) - 1)?.hostname ?? null;
    const verdict = verdicts.nameOf(verdictNumber(flows.words[base + VERDICT] ?? 0));
    listed.push(readFlow(flows.words, base, { host, verdict }, now));
  }
  return listed;
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
    client: readAddressWords(words, base + CLIENT, family),
    clientPort: word(PORTS) >>> 16,
    inner: readAddressWords(words, base + INNER, family),
    remote: readAddressWords(words, base + REMOTE, family),
    remotePort: word(PORTS) & 0xffff,
    egress: readAddressWords(words, base + EGRESS, family),
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
