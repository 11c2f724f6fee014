/** How long an idle flow is kept (docs/nat.md, Timers). */
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/protocol.ts';
import { tcpPhase } from './tcp-state.ts';

/** All in seconds. */
export interface Timeouts {
  readonly tcpEstablished: number;
  readonly tcpHalfOpen: number;
  readonly tcpClosing: number;
  /** The same, while ports or flows are scarce. */
  readonly scarceTcpHalfOpen: number;
  readonly scarceTcpClosing: number;
  readonly udp: number;
  readonly icmp: number;
  /** How long a freed external port rests. */
  readonly portRest: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  tcpEstablished: 7440, // RFC 5382 REQ-5: at least 2 h 4 min
  tcpHalfOpen: 240, // RFC 7857 section 2.1
  tcpClosing: 240,
  // RFC 7857 section 2.1 lets them be lowered
  scarceTcpHalfOpen: 30,
  scarceTcpClosing: 10,
  udp: 300, // RFC 4787 REQ-5
  icmp: 60, // RFC 5508 REQ-2
  portRest: 120, // RFC 6888 REQ-8
};

/**
 * For a clock truncated to whole seconds: a flow seen at the end of a second would otherwise end up to a second before the
 * minimum time that the standards give it.
 */
export function lengthenBySecond(timeouts: Timeouts): Timeouts {
  return {
    tcpEstablished: timeouts.tcpEstablished + 1,
    tcpHalfOpen: timeouts.tcpHalfOpen + 1,
    tcpClosing: timeouts.tcpClosing + 1,
    scarceTcpHalfOpen: timeouts.scarceTcpHalfOpen + 1,
    scarceTcpClosing: timeouts.scarceTcpClosing + 1,
    udp: timeouts.udp + 1,
    icmp: timeouts.icmp + 1,
    portRest: timeouts.portRest + 1,
  };
}

/** Seconds that a flow of this protocol and state may be idle, normally or while something is `scarce`. */
export function idleTimeout(timeouts: Timeouts, protocol: number, state: number, scarce: boolean): number {
  if (protocol === PROTOCOL_UDP) return timeouts.udp;
  if (protocol !== PROTOCOL_TCP) return timeouts.icmp;
  switch (tcpPhase(state)) {
    case 'established':
      return timeouts.tcpEstablished;
    case 'half-open':
      return scarce ? timeouts.scarceTcpHalfOpen : timeouts.tcpHalfOpen;
    case 'closing':
      return scarce ? timeouts.scarceTcpClosing : timeouts.tcpClosing;
  }
}
