/**
 * What each side of a TCP connection has acknowledged, and its receive window (RFC 9293 section 3.8.6, window scale RFC
 * 7323 section 2): enough to tell a reset or FIN that its receiver would accept from a blind guess (RFC 5961 section 3,
 * rows P3 and X3). Unknown state counts in the segment's favour, so that no connection suffers from what the gateway has
 * not seen (row X4).
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

/** Four words per flow: for the client, then for the server, the highest acknowledgment and the `KNOWN` word. */
const WORDS = 4;
const SERVER = 2;
const ACKNOWLEDGED = 0;
const KNOWN = 1;
/** `KNOWN` holds the largest window, the shift of the scale option, and whether that option, a SYN and an ACK were seen. */
const WINDOW_MASK = 0xffff;
const SCALE_AT = 16;
const HAS_SCALE = 1 << 20;
const HAS_SYN = 1 << 21;
const HAS_ACKNOWLEDGED = 1 << 22;
const SYN_ACK = TCP_SYN | TCP_ACK;
/** Segments that say that a connection begins or ends. */
const BOUNDARIES = TCP_SYN | TCP_FIN | TCP_RST;
/** Assumed until a segment announces a window. */
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

  /** Takes note of a segment from the client (`outbound`) or the server; an unbelievable SYN-ACK, FIN or RST is ignored. */
  follow(id: number, packet: PacketView, outbound: boolean): void {
    const { view, transportAt, tcpFlags: flags } = packet;
    if ((flags & BOUNDARIES) !== 0 && !this.isBelieved(id, packet, outbound)) return;
    const at = id * WORDS + (outbound ? 0 : SERVER);
    let known = this.#words[at + KNOWN] ?? 0;
    if ((flags & TCP_ACK) !== 0) {
      const acknowledged = tcpAcknowledgment(view, transportAt) | 0;
      const isNews = ((acknowledged - (this.#words[at + ACKNOWLEDGED] ?? 0)) | 0) > 0;
      if (isNews || (known & HAS_ACKNOWLEDGED) === 0) this.#words[at + ACKNOWLEDGED] = acknowledged;
      known |= HAS_ACKNOWLEDGED;
    } else if ((flags & TCP_SYN) !== 0 && (known & HAS_ACKNOWLEDGED) === 0) {
      // The SYN's sequence number stands here until the first acknowledgment: the reply to the SYN is checked against it.
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

  /**
   * Whether a SYN, FIN or RST means to its receiver what it says. A SYN-ACK that acknowledges another SYN than the client's is
   * old or forged, and is answered with a reset (RFC 9293 section 3.10.7.3).
   */
  isBelieved(id: number, packet: PacketView, outbound: boolean): boolean {
    if ((packet.tcpFlags & (TCP_FIN | TCP_RST)) !== 0) return this.isInWindow(id, packet, outbound);
    const isAnswer = !outbound && (packet.tcpFlags & SYN_ACK) === SYN_ACK;
    return !isAnswer || !this.#isUnanswered(id) || this.#acknowledgesSyn(id, packet);
  }

  /** Whether its receiver may accept the segment: it does not end before what was acknowledged, and begins inside the window. */
  isInWindow(id: number, packet: PacketView, outbound: boolean): boolean {
    const { view, transportAt, end, tcpFlags: flags } = packet;
    const receiver = id * WORDS + (outbound ? SERVER : 0);
    const known = this.#words[receiver + KNOWN] ?? 0;
    if ((flags & TCP_RST) !== 0 && this.#isUnanswered(id))
      return outbound ? this.#followsSyn(id, packet) : this.#acknowledgesSyn(id, packet);
    const sender = this.#words[receiver + KNOWN + (outbound ? -SERVER : SERVER)] ?? 0;
    if ((known & HAS_ACKNOWLEDGED) === 0 || (known & sender & HAS_SYN) === 0) return true;
    const from = (tcpSequence(view, transportAt) - (this.#words[receiver + ACKNOWLEDGED] ?? 0)) | 0;
    const to = (from + end - transportAt - tcpHeaderBytes(view, transportAt)) | 0;
    return to >= 0 && from <= windowOf(known, sender);
  }

  /** Whether the client's SYN had this sequence number; true as well when its number is not known. */
  mayBeSyn(id: number, sequence: number): boolean {
    return !this.#isUnanswered(id) || this.#words[id * WORDS + ACKNOWLEDGED] === (sequence | 0);
  }

  /** Whether the client has sent a SYN and acknowledged nothing yet. */
  #isUnanswered(id: number): boolean {
    return ((this.#words[id * WORDS + KNOWN] ?? 0) & (HAS_SYN | HAS_ACKNOWLEDGED)) === HAS_SYN;
  }

  /** A client in SYN-SENT accepts a reset only if it acknowledges the SYN, with any data in it (RFC 9293 section 3.10.7.3). */
  #acknowledgesSyn(id: number, { view, transportAt, tcpFlags: flags }: PacketView): boolean {
    return (flags & TCP_ACK) !== 0 && this.#isBehindSyn(id, tcpAcknowledgment(view, transportAt));
  }

  /**
   * The reset with which a client in SYN-SENT answers a wrong SYN-ACK has the sequence number that this acknowledged, and the
   * client goes on (RFC 9293 section 3.10.7.3). One behind its own SYN is meant for the connection.
   */
  #followsSyn(id: number, { view, transportAt, tcpFlags: flags }: PacketView): boolean {
    return (flags & TCP_ACK) !== 0 || this.#isBehindSyn(id, tcpSequence(view, transportAt));
  }

  /** Whether the number comes after the client's SYN and what data it may have had. */
  #isBehindSyn(id: number, sequence: number): boolean {
    const beyond = ((sequence | 0) - (this.#words[id * WORDS + ACKNOWLEDGED] ?? 0)) | 0;
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
