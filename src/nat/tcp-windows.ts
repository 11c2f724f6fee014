/**
 * What each side of a TCP connection has acknowledged, and how much it takes (RFC 9293 section 3.8.6, window scale RFC
 * 7323 section 2): enough to tell a reset or FIN that its receiver can believe from one that somebody has guessed (RFC
 * 5961 section 3, rows P3 and X3). Whatever is not known speaks for the segment, so that no connection suffers from what
 * the gateway has not seen (row X4).
 */
import type { PacketView } from '../wire/packet-view.ts';
import {
  TCP_ACK,
  TCP_FIN,
  TCP_RST,
  TCP_SYN,
  tcpAcknowledgment,
  tcpHeaderBytes,
  tcpSequence,
  tcpWindow,
  tcpWindowScale,
} from '../wire/tcp.ts';

/** Four words a flow: for the client, then for the server, the highest acknowledgment and what is known besides. */
const WORDS = 4;
const SERVER = 2;
const ACKNOWLEDGED = 0;
const KNOWN = 1;
/** Of `KNOWN`: the largest window, the shift of the scale option, and whether there was one, a SYN, an acknowledgment. */
const WINDOW_MASK = 0xffff;
const SCALE_AT = 16;
const HAS_SCALE = 1 << 20;
const HAS_SYN = 1 << 21;
const HAS_ACKNOWLEDGED = 1 << 22;
/** Before the first segment that says more. */
const UNSCALED_WINDOW = 65_535;

export class TcpWindows {
  readonly #words: Int32Array;

  constructor(capacity: number) {
    this.#words = new Int32Array(capacity * WORDS);
  }

  /** Forgets the connection that had this id before. */
  reset(id: number): void {
    this.#words.fill(0, id * WORDS, (id + 1) * WORDS);
  }

  /** Takes note of a segment from the client (`outbound`) or the server; of an end that cannot be believed nothing counts. */
  follow(id: number, packet: PacketView, outbound: boolean): void {
    const { view, transportAt, tcpFlags: flags } = packet;
    if ((flags & (TCP_FIN | TCP_RST)) !== 0 && !this.isInWindow(id, packet, outbound)) return;
    const at = id * WORDS + (outbound ? 0 : SERVER);
    let known = this.#words[at + KNOWN] ?? 0;
    if ((flags & TCP_ACK) !== 0) {
      const acknowledged = tcpAcknowledgment(view, transportAt) | 0;
      const isNews = ((acknowledged - (this.#words[at + ACKNOWLEDGED] ?? 0)) | 0) > 0;
      if (isNews || (known & HAS_ACKNOWLEDGED) === 0) this.#words[at + ACKNOWLEDGED] = acknowledged;
      known |= HAS_ACKNOWLEDGED;
    } else if ((flags & TCP_SYN) !== 0 && (known & HAS_ACKNOWLEDGED) === 0) {
      // Stands here until there is an acknowledgment: by it the answer to the SYN is known.
      this.#words[at + ACKNOWLEDGED] = tcpSequence(view, transportAt);
    }
    if ((flags & TCP_SYN) !== 0) {
      if ((known & HAS_SYN) === 0) known |= HAS_SYN | scaleOf(view, transportAt);
    } else {
      const window = tcpWindow(view, transportAt);
      if (window > (known & WINDOW_MASK)) known = (known & ~WINDOW_MASK) | window;
    }
    this.#words[at + KNOWN] = known;
  }

  /** Whether the other side may believe the segment: its end is not behind what it has acknowledged, its start in its window. */
  isInWindow(id: number, packet: PacketView, outbound: boolean): boolean {
    const { view, transportAt, end, tcpFlags: flags } = packet;
    const receiver = id * WORDS + (outbound ? SERVER : 0);
    const known = this.#words[receiver + KNOWN] ?? 0;
    const isUnanswered = (known & (HAS_SYN | HAS_ACKNOWLEDGED)) === HAS_SYN;
    if (isUnanswered && !outbound && (flags & TCP_RST) !== 0) return this.#acknowledgesSyn(receiver, packet);
    const sender = this.#words[receiver + KNOWN + (outbound ? -SERVER : SERVER)] ?? 0;
    if ((known & HAS_ACKNOWLEDGED) === 0 || (known & sender & HAS_SYN) === 0) return true;
    const from = (tcpSequence(view, transportAt) - (this.#words[receiver + ACKNOWLEDGED] ?? 0)) | 0;
    const to = (from + end - transportAt - tcpHeaderBytes(view, transportAt)) | 0;
    return to >= 0 && from <= windowOf(known, sender);
  }

  /** Whether the client's SYN had this sequence number, or nobody knows which it had. */
  mayBeSyn(id: number, sequence: number): boolean {
    const at = id * WORDS;
    const isKnown = ((this.#words[at + KNOWN] ?? 0) & (HAS_SYN | HAS_ACKNOWLEDGED)) === HAS_SYN;
    return !isKnown || this.#words[at + ACKNOWLEDGED] === (sequence | 0);
  }

  /** All that a client in SYN-SENT believes of a reset is that it has had its SYN, with what data it had (RFC 9293 section 3.10.7.3). */
  #acknowledgesSyn(receiver: number, { view, transportAt, tcpFlags: flags }: PacketView): boolean {
    if ((flags & TCP_ACK) === 0) return false;
    const acknowledged = tcpAcknowledgment(view, transportAt) | 0;
    const beyond = (acknowledged - (this.#words[receiver + ACKNOWLEDGED] ?? 0)) | 0;
    return beyond > 0 && beyond <= UNSCALED_WINDOW;
  }
}

/** Both sides must have offered to scale (RFC 7323 section 2.2). */
function windowOf(known: number, sender: number): number {
  const window = known & WINDOW_MASK;
  if (window === 0) return UNSCALED_WINDOW;
  return (known & sender & HAS_SCALE) === 0 ? window : window << ((known >>> SCALE_AT) & 15);
}

function scaleOf(view: DataView, transportAt: number): number {
  const scale = tcpWindowScale(view, transportAt);
  return scale === -1 ? 0 : HAS_SCALE | (scale << SCALE_AT);
}
