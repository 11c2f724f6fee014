/** Which flows and packets a trace, or a list of flows, is about. */
import { CLIENT_AT, EGRESS_AT, OUTSIDE } from '../../../nat/flow-record.ts';
import { addressWords } from '../../../wire/address-words.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../../../wire/protocol.ts';
import type { TraceQuery } from './trace-event.ts';

export class TraceFilter {
  readonly #query: TraceQuery;
  readonly #client: Uint32Array | undefined;
  readonly #egress: Uint32Array | undefined;

  constructor(query: TraceQuery) {
    this.#query = query;
    this.#client = query.client && addressWords(query.client);
    this.#egress = query.egress && addressWords(query.egress);
  }

  /** Whether the filter is empty, so that unreadable packets match as well. */
  get takesAnything(): boolean {
    return Object.values(this.#query).every((wanted) => wanted === undefined);
  }

  /** Whether it matches the flow whose record starts at `base`; `host` is the name that the client dialled. */
  takesFlow(words: Uint32Array, base: number, host: string | null): boolean {
    return (
      isAt(this.#client, words, words[base + CLIENT_AT] ?? 0) &&
      isAt(this.#egress, words, words[base + EGRESS_AT] ?? 0) &&
      this.#isProtocol(((words[base + OUTSIDE] ?? 0) >>> 8) & 0xff) &&
      this.#isHost(host)
    );
  }

  /** Whether it matches a client's packet that opened no flow: the client's address comes first in `addresses`. */
  takesRefused(addresses: Uint32Array, protocol: number, host: string | null): boolean {
    const isWanted = isAt(this.#client, addresses, 0) && this.#isProtocol(protocol) && this.#isHost(host);
    return isWanted && this.#egress === undefined;
  }

  /** Whether it matches a packet from the internet without a flow: an egress address comes second in `addresses`. */
  takesStranger(addresses: Uint32Array, protocol: number): boolean {
    const { client, host } = this.#query;
    const isForNobody = client === undefined && host === undefined;
    return isForNobody && isAt(this.#egress, addresses, 4) && this.#isProtocol(protocol);
  }

  #isProtocol(protocol: number): boolean {
    const wanted = this.#query.protocol;
    return wanted === undefined || wanted === (protocol === PROTOCOL_ICMPV6 ? PROTOCOL_ICMP : protocol);
  }

  #isHost(host: string | null): boolean {
    const wanted = this.#query.host;
    return wanted === undefined || host === wanted || host?.endsWith(`.${wanted}`) === true;
  }
}

function isAt(wanted: Uint32Array | undefined, words: Uint32Array, at: number): boolean {
  return wanted === undefined || wanted.every((word, index) => word === words[at + index]);
}
