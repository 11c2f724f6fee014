/**
 * The translator of one worker: flows, their timers and their ports in one place. Pure: time is an argument in whole
 * seconds, packets are decoded views over the caller's bytes, and nothing is allocated for a packet of a known flow.
 */
import type { DropReason } from '../report/drop-reason.ts';
import type { PacketView } from '../wire/packet-view.ts';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/protocol.ts';
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../wire/tcp.ts';
import type { ClientLimits } from './client-limits.ts';
import { endOf, type FlowEnd } from './flow-end.ts';
import type { FlowPlan } from './flow-plan.ts';
import {
  BYTES_IN,
  BYTES_OUT,
  bornAt,
  CLIENT_AT,
  countPacket,
  EGRESS_AT,
  LAST_SEEN,
  LEASE,
  OUTSIDE,
  PACKETS_IN,
  PACKETS_OUT,
  PORTS,
  RECORD_WORDS,
  ROUTE,
  STATE,
  VERDICT,
} from './flow-record.ts';
import { FlowTable } from './flow-table.ts';
import { FlowTimers } from './flow-timers.ts';
import { IcmpErrors } from './icmp-error.ts';
import type { NatUse } from './nat-use.ts';
import { OpenMappings } from './open-mappings.ts';
import { PortChoice } from './port-choice.ts';
import { PortPools } from './port-pools.ts';
import type { RandomBelow } from './random.ts';
import { isScarce } from './scarcity.ts';
import { isClosedByBoth, nextTcpState, RST_SEEN, SYN_IN, tcpPhase } from './tcp-state.ts';
import { TcpWindows } from './tcp-windows.ts';
import type { Timeouts } from './timeouts.ts';
import { computeDeltas, translateInbound, translateOutbound } from './translate.ts';

const STATE_FLAGS = TCP_SYN | TCP_FIN | TCP_RST;

export interface TranslatorOptions {
  readonly capacity: number;
  readonly now: number;
  readonly timeouts: Timeouts;
  readonly random: RandomBelow;
  readonly limits: ClientLimits;
  /** Receives how many ports are in use. */
  readonly use: Pick<NatUse, 'addPorts'>;
  /** Called when a flow ends, with the lease slot it held (-1 for none); its record is still there. */
  readonly onClose: (lease: number, id: number, end: FlowEnd) => void;
}

export class Translator {
  readonly flows: FlowTable;
  readonly ports: PortPools;
  readonly openMappings: OpenMappings;
  readonly #portChoice: PortChoice;
  readonly #limits: ClientLimits;
  readonly #errors: IcmpErrors;
  readonly #timers: FlowTimers;
  readonly #windows: TcpWindows;
  readonly #onClose: TranslatorOptions['onClose'];
  #now: number;

  constructor({ capacity, now, timeouts, random, limits, use, onClose }: TranslatorOptions) {
    this.flows = new FlowTable(capacity, random(0x1_0000_0000));
    this.ports = new PortPools(timeouts.portRest, random, use);
    this.#portChoice = new PortChoice(this.flows, this.ports, limits);
    this.openMappings = new OpenMappings(this.flows);
    this.#errors = new IcmpErrors(this.flows);
    this.#windows = new TcpWindows(capacity);
    this.#timers = new FlowTimers({
      capacity,
      now,
      timeouts,
      words: this.flows.words,
      isScarce: (id) => this.#isScarce(id),
      onIdle: (id) => this.#forget(id, endOf(this.#stateOf(id))),
    });
    this.#limits = limits;
    this.#onClose = onClose;
    this.#now = now;
  }

  /**
   * The client's flow for this packet, or -1. A new SYN on a connection that is over begins another flow, which may go
   * elsewhere (row X2), while a retransmitted SYN goes where the first one went (row X1).
   */
  findInside(packet: PacketView): number {
    const id = this.flows.findInside(packet);
    if (id === -1 || packet.protocol === PROTOCOL_UDP) return id;
    // A client's flows are those of its echo requests. With the identifier 0 a reply of it has the same key.
    if (packet.protocol !== PROTOCOL_TCP) return packet.isEchoReply() ? -1 : id;
    const isFirst = (packet.tcpFlags & (TCP_SYN | TCP_ACK)) === TCP_SYN;
    if (!isFirst || tcpPhase(this.#stateOf(id)) !== 'closing') return id;
    this.close(id, endOf(this.#stateOf(id)));
    return -1;
  }

  /** The flow that a packet from the internet answers, or -1. */
  findOutside(packet: PacketView): number {
    return this.flows.findOutside(packet);
  }

  /** Whether the flow is a TCP connection that both sides have opened. */
  isEstablished(id: number): boolean {
    const isTcp = (((this.flows.words[id * RECORD_WORDS + OUTSIDE] ?? 0) >>> 8) & 0xff) === PROTOCOL_TCP;
    return isTcp && tcpPhase(this.#stateOf(id)) === 'established';
  }

  /** Opens a flow for a client's packet; returns its id, or why there can be none (rows U1, U3, I8, G11). */
  open(packet: PacketView, plan: FlowPlan): number | DropReason {
    // An unsolicited reply: it would leave with an external port as its identifier.
    if (packet.isEchoReply()) return 'icmp-type-unsupported';
    if (this.flows.isFull) return 'flows-exhausted';
    const refused = this.#limits.refuseFlow(packet.addresses);
    if (refused !== undefined) return refused;
    const mapped = this.#portChoice.mapped(packet, plan);
    const port = mapped === -1 ? this.#portChoice.take(packet, plan, this.#now) : mapped;
    if (typeof port === 'string') return port;
    this.#limits.open(packet.addresses, plan.egressIndex, mapped === -1, this.#now * 1000);
    const id = this.flows.allocate(packet.addresses, plan.outside);
    this.#fill(id, packet, plan, port);
    this.flows.insert(id);
    this.#windows.reset(id);
    this.#timers.start(id);
    if (plan.isOpen && packet.protocol === PROTOCOL_UDP) this.openMappings.join(id, this.#now * 1000);
    return id;
  }

  /** Rewrites a client's packet of flow `id` in place, and takes note of it. */
  outbound(id: number, packet: PacketView, partial: boolean): void {
    const base = id * RECORD_WORDS;
    const { words } = this.flows;
    countPacket(words, base, PACKETS_OUT, BYTES_OUT, packet.end - packet.at);
    this.#note(id, packet, true);
    translateOutbound(packet, words, base, partial);
  }

  /** Rewrites a packet from the internet that belongs to flow `id` in place, and takes note of it. */
  inbound(id: number, packet: PacketView, partial: boolean): void {
    const base = id * RECORD_WORDS;
    const { words } = this.flows;
    countPacket(words, base, PACKETS_IN, BYTES_IN, packet.end - packet.at);
    this.#note(id, packet, false);
    translateInbound(packet, words, base, partial);
  }

  /**
   * Rewrites an ICMP error from the internet in place; returns the flow it is about, or why it is dropped. `isInside` says
   * whether its source is an address that nobody out there has.
   */
  inboundError(packet: PacketView, isInside: (packet: PacketView) => boolean): number | DropReason {
    return this.#errors.inbound(packet, isInside);
  }

  /** Rewrites a client's ICMP error in place; returns the flow it is about, whose path out it takes, or why it is dropped. */
  outboundError(packet: PacketView): number | DropReason {
    return this.#errors.outbound(packet);
  }

  /** Whether the client of flow `id` would believe this segment from the internet. */
  canBelieve(id: number, packet: PacketView): boolean {
    return this.#windows.isBelieved(id, packet, false);
  }

  /** Whether the last error given to `inboundError` may quote the SYN that opened flow `id`; true if it quotes no TCP. */
  canBelieveError(id: number): boolean {
    const sequence = this.#errors.quotedSequence;
    return sequence === undefined || this.#windows.mayBeSyn(id, sequence);
  }

  /** Ends a flow at once. */
  close(id: number, end: FlowEnd): void {
    this.#timers.stop(id);
    this.#forget(id, end);
  }

  /** Moves the time to `now` (whole seconds) and ends flows idle for too long. True when some are left over: call again soon. */
  advance(now: number): boolean {
    if (now > this.#now) {
      this.#now = now;
      this.ports.advance(now);
    }
    return this.#timers.advance(this.#now);
  }

  #fill(id: number, packet: PacketView, plan: FlowPlan, port: number): void {
    const { words } = this.flows;
    const base = id * RECORD_WORDS;
    words[base + PORTS] = (packet.sourcePort << 16) | packet.destinationPort;
    words[base + OUTSIDE] = (port << 16) | (packet.protocol << 8) | packet.family;
    words[base + LAST_SEEN] = this.#now;
    words[base + LEASE] = plan.lease + 1;
    words[base + STATE] = bornAt(this.#now);
    words[base + VERDICT] = plan.verdict;
    words[base + ROUTE] = (plan.hop << 16) | plan.egressIndex;
    computeDeltas(words, base);
  }

  /** A reset is only a reaction and keeps no flow alive (RFC 7857 section 7.1, row P7); anything else does. */
  #note(id: number, packet: PacketView, outbound: boolean): void {
    if (packet.protocol === PROTOCOL_TCP) {
      this.#windows.follow(id, packet, outbound);
      const isSettled = (this.#stateOf(id) & (SYN_IN | RST_SEEN)) === SYN_IN;
      const matters = (packet.tcpFlags & STATE_FLAGS) !== 0 || !isSettled;
      if (matters) this.#follow(id, packet, outbound);
      if ((packet.tcpFlags & TCP_RST) !== 0) return;
    }
    this.flows.words[id * RECORD_WORDS + LAST_SEEN] = this.#now;
  }

  /**
   * A segment that the receiver would not believe has no effect here but is passed on, so that the receiver can challenge it
   * (RFC 5961 section 3.2). A flow that enters its closing phase gets an earlier deadline than its timer was started with.
   */
  #follow(id: number, packet: PacketView, outbound: boolean): void {
    const base = id * RECORD_WORDS;
    const before = this.#stateOf(id);
    if (!this.#windows.isBelieved(id, packet, outbound)) return;
    const after =
      nextTcpState(before, packet.tcpFlags, outbound) | (outbound ? this.#takenBy(id, packet) : 0);
    this.flows.words[base + STATE] = (this.flows.words[base + STATE] ?? 0) - before + after;
    if (tcpPhase(before) === 'closing' || tcpPhase(after) !== 'closing') return;
    this.flows.words[base + LAST_SEEN] = this.#now;
    this.#timers.restart(id);
  }

  /** `SYN_IN` if the client acknowledges something that has come: it has taken a SYN-ACK, whatever was thought of that here. */
  #takenBy(id: number, { tcpFlags: flags }: PacketView): number {
    const hasCome = this.flows.words[id * RECORD_WORDS + PACKETS_IN] !== 0;
    return hasCome && (flags & (TCP_ACK | TCP_RST)) === TCP_ACK ? SYN_IN : 0;
  }

  /** Whether flows, ports of its egress address, or its client's quota of either are scarce. */
  #isScarce(id: number): boolean {
    const { words, size, capacity } = this.flows;
    if (isScarce(size, capacity)) return true;
    const base = id * RECORD_WORDS;
    const index = (words[base + ROUTE] ?? 0) & 0xffff;
    const protocol = ((words[base + OUTSIDE] ?? 0) >>> 8) & 0xff;
    return (
      this.#limits.isScarce(words, words[base + CLIENT_AT] ?? 0, index) ||
      this.ports.poolOf(index, words, words[base + EGRESS_AT] ?? 0, protocol).isScarce(this.#now)
    );
  }

  #forget(id: number, end: FlowEnd): void {
    const { words } = this.flows;
    const base = id * RECORD_WORDS;
    const lease = (words[base + LEASE] ?? 0) - 1;
    const outside = words[base + OUTSIDE] ?? 0;
    const state = this.#stateOf(id);
    this.#onClose(lease, id, end);
    this.openMappings.leave(id);
    const wasLast = this.flows.remove(id);
    const index = (words[base + ROUTE] ?? 0) & 0xffff;
    this.#limits.close(words, words[base + CLIENT_AT] ?? 0, index, wasLast, this.#now * 1000);
    if (wasLast) {
      const clean = isClosedByBoth(state) && (state & RST_SEEN) === 0;
      this.ports
        .poolOf(index, words, words[base + EGRESS_AT] ?? 0, (outside >>> 8) & 0xff)
        .release(outside >>> 16, this.#now, clean);
    }
  }

  #stateOf(id: number): number {
    return (this.flows.words[id * RECORD_WORDS + STATE] ?? 0) & 0xff;
  }
}
