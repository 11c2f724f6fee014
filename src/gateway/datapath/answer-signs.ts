/**
 * Passive health of real addresses: what retransmitted SYNs, RSTs and ICMP unreachables (bad) and SYN-ACKs (good) say while
 * a flow begins. The flow itself keeps its address (row X1). Packets that an off-path attacker could have forged do not
 * count (RFC 5927 section 4.1, RFC 5961 section 3).
 */
import { LEASE, PACKETS_IN, RECORD_WORDS, REMOTE } from '../../nat/flow-record.ts';
import type { Translator } from '../../nat/translator.ts';
import { icmpCode } from '../../wire/icmp.ts';
import type { PacketView } from '../../wire/packet-view.ts';
import {
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_UNREACHABLE,
  ICMPV6_UNREACHABLE,
  PROTOCOL_TCP,
} from '../../wire/protocol.ts';
import { TCP_ACK, TCP_RST, TCP_SYN } from '../../wire/tcp.ts';
import type { RealAddressChoice } from './admission/real-address-choice.ts';

export class AnswerSigns {
  readonly #translator: Pick<Translator, 'flows' | 'canBelieve' | 'canBelieveError'>;
  readonly #choice: RealAddressChoice;

  constructor(
    translator: Pick<Translator, 'flows' | 'canBelieve' | 'canBelieveError'>,
    choice: RealAddressChoice,
  ) {
    this.#translator = translator;
    this.#choice = choice;
  }

  /** A client's packet of a flow that was already open, before it is translated. */
  outbound(id: number, { protocol, tcpFlags }: PacketView, nowMs: number): void {
    const isSyn = protocol === PROTOCOL_TCP && (tcpFlags & (TCP_SYN | TCP_ACK)) === TCP_SYN;
    if (isSyn && !this.#hasAnswered(id)) this.#avoid(id, nowMs);
  }

  /** A packet of the flow from the internet, before it is translated. */
  inbound(id: number, packet: PacketView, nowMs: number): void {
    const { protocol, tcpFlags } = packet;
    if (protocol !== PROTOCOL_TCP || (tcpFlags & (TCP_SYN | TCP_RST)) === 0) return;
    if (!this.#translator.canBelieve(id, packet)) return;
    if ((tcpFlags & TCP_SYN) !== 0) this.#trust(id);
    else if (!this.#hasAnswered(id)) this.#avoid(id, nowMs);
  }

  /** An ICMP error about the flow: the last one that the translator took. */
  error(id: number, { family, icmpType, view, transportAt }: PacketView, nowMs: number): void {
    const isUnreachable =
      family === 6
        ? icmpType === ICMPV6_UNREACHABLE
        : icmpType === ICMP_UNREACHABLE && icmpCode(view, transportAt) !== ICMP_FRAGMENTATION_NEEDED;
    if (!isUnreachable || this.#hasAnswered(id) || !this.#translator.canBelieveError(id)) return;
    this.#avoid(id, nowMs);
  }

  #hasAnswered(id: number): boolean {
    return this.#translator.flows.words[id * RECORD_WORDS + PACKETS_IN] !== 0;
  }

  #avoid(id: number, nowMs: number): void {
    const base = id * RECORD_WORDS;
    const { words } = this.#translator.flows;
    const slot = (words[base + LEASE] ?? 0) - 1;
    if (slot !== -1) this.#choice.avoid(slot, words, base + REMOTE, nowMs);
  }

  #trust(id: number): void {
    const base = id * RECORD_WORDS;
    const { words } = this.#translator.flows;
    const slot = (words[base + LEASE] ?? 0) - 1;
    if (slot !== -1) this.#choice.trust(slot, words, base + REMOTE);
  }
}
