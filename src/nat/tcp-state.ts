/**
 * The state of a TCP flow as far as the translator needs it (RFC 7857 section 2): which timer applies, and whether the end
 * was clean. Bits rather than states, so that retransmissions and simultaneous opens (row T2) need no special cases.
 */
import { TCP_FIN, TCP_RST, TCP_SYN } from '../wire/tcp.ts';

export const SYN_OUT = 0x01;
export const SYN_IN = 0x02;
export const FIN_OUT = 0x04;
export const FIN_IN = 0x08;
export const RST_SEEN = 0x10;

/**
 * The state after a segment with these flags, sent by the client (`outbound`) or by the server. A reset may be forged or
 * outside the window: a later segment shows that the connection was not reset (RFC 6146 section 3.5.2.2, rows P3 and X3).
 */
export function nextTcpState(state: number, flags: number, outbound: boolean): number {
  let next = state & ~RST_SEEN;
  if ((flags & TCP_SYN) !== 0) next |= outbound ? SYN_OUT : SYN_IN;
  if ((flags & TCP_FIN) !== 0) next |= outbound ? FIN_OUT : FIN_IN;
  if ((flags & TCP_RST) !== 0) next |= RST_SEEN;
  return next;
}

/** Which of the three timers of RFC 5382 section 5 and RFC 7857 section 2.1 a state is under. */
export function tcpPhase(state: number): 'half-open' | 'established' | 'closing' {
  if ((state & RST_SEEN) !== 0 || isClosedByBoth(state)) return 'closing';
  return (state & SYN_OUT) !== 0 && (state & SYN_IN) !== 0 ? 'established' : 'half-open';
}

/** Whether both sides have sent FIN. */
export function isClosedByBoth(state: number): boolean {
  return (state & FIN_OUT) !== 0 && (state & FIN_IN) !== 0;
}

/** The state in words, for people; only the lowest eight bits count. */
export function describeTcpState(state: number): string {
  if ((state & RST_SEEN) !== 0) return 'reset';
  if (isClosedByBoth(state)) return 'closed';
  if ((state & (FIN_OUT | FIN_IN)) !== 0) return 'closing';
  return (state & SYN_IN) !== 0 ? 'established' : 'syn-sent';
}
