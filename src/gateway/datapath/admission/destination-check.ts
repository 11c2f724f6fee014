/**
 * Destinations refused to every client, whatever policy says: private and shared networks, addresses that nobody can
 * have, the gateway itself, and other clients through an uplink (rows U10, A1, A6, FL-08, FL-09).
 */
import type { DropReason } from '../../../report/drop-reason.ts';
import type { Prefix } from '../../../wire/address.ts';
import { isMartianIpv4, isMartianIpv6 } from '../../../wire/martian.ts';
import { anyContains, PrefixWords } from './prefix-words.ts';

export interface DestinationRules {
  /** The egress addresses, and the host's own addresses on the uplinks. */
  readonly own: readonly Prefix[];
  readonly clients: readonly Prefix[];
  readonly synthetic: readonly Prefix[];
  /** Private networks, and the exceptions. */
  readonly forbidden: readonly Prefix[];
  readonly allowed: readonly Prefix[];
}

export class DestinationCheck {
  readonly #own: readonly PrefixWords[];
  readonly #clients: readonly PrefixWords[];
  readonly #synthetic: readonly PrefixWords[];
  readonly #forbidden: readonly PrefixWords[];
  readonly #allowed: readonly PrefixWords[];

  constructor({ own, clients, synthetic, forbidden, allowed }: DestinationRules) {
    this.#own = own.map((prefix) => new PrefixWords(prefix));
    this.#clients = clients.map((prefix) => new PrefixWords(prefix));
    this.#synthetic = synthetic.map((prefix) => new PrefixWords(prefix));
    this.#forbidden = forbidden.map((prefix) => new PrefixWords(prefix));
    this.#allowed = allowed.map((prefix) => new PrefixWords(prefix));
  }

  /** Whether the address in `words[at..at+4)` is one of the gateway's own, a client's, or synthetic. */
  isInside(family: 4 | 6, words: Uint32Array, at: number): boolean {
    return (
      anyContains(this.#own, family, words, at) ||
      anyContains(this.#clients, family, words, at) ||
      anyContains(this.#synthetic, family, words, at)
    );
  }

  /**
   * Why no client may reach the real destination in `words[at..at+4)`, or undefined. A destination dialled by name may have
   * the same address as a client: it is another host, on the internet (row U8).
   */
  refuse(family: 4 | 6, words: Uint32Array, at: number, isNamed = false): DropReason | undefined {
    if (anyContains(this.#own, family, words, at)) return 'hairpin';
    const isInside = !isNamed && anyContains(this.#clients, family, words, at);
    if (isInside || isMartian(family, words, at) || anyContains(this.#synthetic, family, words, at))
      return 'destination-forbidden';
    const isPrivate = anyContains(this.#forbidden, family, words, at);
    return isPrivate && !anyContains(this.#allowed, family, words, at) ? 'destination-forbidden' : undefined;
  }
}

function isMartian(family: 4 | 6, words: Uint32Array, at: number): boolean {
  return family === 4 ? isMartianIpv4(words[at + 3] ?? 0) : isMartianIpv6(words, at);
}
