/**
 * The way of a packet: batches in, lists of slots to send out. No threads, no clock, no I/O; whoever hosts it receives,
 * calls `fromClients` or `fromUplink`, and sends what the lists name before the batch is used again.
 */
import type { PacketBatch, SendList } from '../../device/packet-batch.ts';
import { LINK_UNREACHABLE } from '../../egress/neighbours.ts';
import type { FlowPlan } from '../../nat/flow-plan.ts';
import { RECORD_WORDS, ROUTE, VERDICT } from '../../nat/flow-record.ts';
import type { Ipv4Identifications } from '../../nat/ipv4-identifications.ts';
import { clampMss } from '../../nat/mss-clamp.ts';
import type { Caller } from '../../nat/open-mappings.ts';
import type { RefusalWriter } from '../../nat/refusal-writer.ts';
import { translateInbound } from '../../nat/translate.ts';
import type { Translator } from '../../nat/translator.ts';
import type { DropReason } from '../../report/drop-reason.ts';
import type { TokenBucket } from '../../time/token-bucket.ts';
import { isNdp } from '../../wire/ndp.ts';
import type { PacketView } from '../../wire/packet-view.ts';
import { ETHER_TYPE_ARP, ETHER_TYPE_IPV4, ETHER_TYPE_IPV6 } from '../../wire/protocol.ts';
import { needsChecksum } from '../../wire/virtio-net.ts';
import type { Gatekeeper } from './admission/gatekeeper.ts';
import type { AnswerSigns } from './answer-signs.ts';
import { Arrival } from './arrival.ts';
import { Callers } from './callers.ts';
import { Departure } from './departure.ts';
import { FlowRoutes } from './flow-routes.ts';
import type { Fragments } from './fragments.ts';
import { PacketReader } from './packet-reader.ts';
import { Refuser } from './refuser.ts';
import type { WorkerCounters } from './reports/counters.ts';
import type { Tracer } from './reports/tracer.ts';
import type { Strays } from './strays.ts';
import { sumOver, type UplinkPort } from './uplink/uplink-port.ts';

export interface DatapathParts {
  readonly gatekeeper: Gatekeeper;
  readonly translator: Translator;
  readonly signs: AnswerSigns;
  readonly counters: WorkerCounters;
  readonly uplinks: readonly UplinkPort[];
  /** The uplink of each egress address, by the address's index. */
  readonly uplinkOf: readonly UplinkPort[];
  readonly refusals: RefusalWriter;
  readonly fragments: Fragments;
  readonly identifications: Ipv4Identifications;
  /** Bytes that fit the way to the clients. */
  readonly clientMtu: number;
  /** Limits the gateway's own ICMP (row R4). */
  readonly icmpLimit: TokenBucket;
  /** There is one more flow; its lease, or -1. */
  readonly onOpen: (lease: number, id: number) => void;
  /** Takes packets from the internet that no flow here expects. */
  readonly strays: Strays;
  readonly tracer: Tracer;
}

export class Datapath {
  /** Slots of the current batch that go back to the clients. */
  readonly toClients: SendList;
  readonly #parts: DatapathParts;
  readonly #refuser: Refuser;
  readonly #departure: Departure;
  readonly #routes: FlowRoutes;
  readonly #arrival: Arrival;
  readonly #callers: Callers;
  readonly #reader: PacketReader;
  readonly #packet: PacketView;
  readonly #plan: FlowPlan = {
    outside: new Uint32Array(8),
    egressIndex: 0,
    hop: 0,
    lease: -1,
    verdict: 0,
    keepsPort: false,
    isOpen: false,
    port: -1,
  };
  /** Bytes that fit the uplink of the last packet from a client. */
  #narrowMtu = 0;
  readonly #isInside: (packet: PacketView) => boolean;

  constructor(parts: DatapathParts) {
    this.#parts = parts;
    this.#reader = new PacketReader(parts);
    this.#isInside = (packet) => parts.gatekeeper.isInside(packet);
    this.#packet = this.#reader.packet;
    this.#refuser = new Refuser(parts);
    this.#routes = new FlowRoutes(parts.translator.flows, parts.uplinkOf);
    this.#departure = new Departure(parts, this.#reader);
    this.#arrival = new Arrival(parts, this.#reader, this.#refuser);
    this.toClients = this.#arrival.toClients;
    this.#callers = new Callers({ ...parts, openMappings: parts.translator.openMappings });
  }

  /** Packets that the TUN captured. Fills the uplinks' lists, and `toClients` with refusals. */
  fromClients(batch: PacketBatch, nowMs: number): void {
    this.toClients.clear();
    for (const uplink of this.#parts.uplinks) uplink.outgoing.clear();
    this.#reader.begin(batch);
    for (let slot = 0; slot < batch.count; slot++) {
      const reason = this.#fromClient(batch, slot, nowMs);
      if (reason !== undefined) this.#refuse(batch, slot, reason, nowMs);
    }
    for (const uplink of this.#parts.uplinks) this.#hurry(uplink, nowMs);
  }

  /**
   * Frames from an uplink, or what another worker had from it, of which the largest piece had `pieceBytes`. Fills `toClients`,
   * and the uplink's own frames.
   */
  fromUplink(uplink: UplinkPort, batch: PacketBatch, nowMs: number, pieceBytes = 0): void {
    const { tracer } = this.#parts;
    this.toClients.clear();
    this.#reader.begin(batch, pieceBytes);
    for (let slot = 0; slot < batch.count; slot++) {
      this.#reader.forget();
      const reason = this.#fromInternet(uplink, batch, slot, nowMs);
      if (reason === undefined) continue;
      this.#parts.counters.drop(reason);
      if (tracer.isOn) tracer.dropped(this.#reader, { batch, slot }, uplink.settings.name, reason);
    }
    this.#hurry(uplink, nowMs);
  }

  /** Lets time pass: flows end, next hops are asked for. Whether more has to end than was done: call again soon. */
  advance(nowMs: number): boolean {
    const { translator, uplinks, counters } = this.#parts;
    const isBehind = translator.advance(Math.floor(nowMs / 1000));
    counters.set('flowsLive', translator.flows.size);
    counters.set('neighbourReplies', sumOver(uplinks, 'replies'));
    counters.set('addressConflicts', sumOver(uplinks, 'conflicts'));
    for (let late = this.#parts.fragments.advance(nowMs); late > 0; late--) counters.drop('fragment-timeout');
    for (const uplink of uplinks) {
      if (uplink.hops.isCrowded) this.#routes.forgetUnusedHops(uplink);
      this.#tick(uplink, nowMs);
    }
    return isBehind;
  }

  /** Pieces for clients that are to be sent besides `toClients`. */
  get fragments(): Fragments {
    return this.#parts.fragments;
  }

  /** A first packet to a new next hop asks for its MAC at once, and leaves as soon as the answer is there. */
  #hurry(uplink: UplinkPort, nowMs: number): void {
    if (uplink.hasPending) this.#tick(uplink, nowMs);
  }

  #tick(uplink: UplinkPort, nowMs: number): void {
    uplink.tick(nowMs, () => this.#parts.counters.drop('next-hop-unresolved'));
  }

  #fromClient(batch: PacketBatch, slot: number, nowMs: number): DropReason | undefined {
    const packet = this.#packet;
    const unread = this.#reader.read(batch, slot, 'clients', nowMs);
    if (unread !== undefined) return unread === 'incomplete' ? undefined : unread;
    if (packet.isIcmpError()) return this.#errorFromClient(batch, slot, nowMs);
    const { translator, signs, tracer } = this.#parts;
    let id = translator.findInside(packet);
    if (id !== -1 && this.#hasDeadEgress(id)) {
      const isEstablished = translator.isEstablished(id);
      translator.close(id, 'egress-lost');
      if (isEstablished) return 'egress-lost';
      id = -1;
    }
    if (id === -1) {
      const opened = this.#open(nowMs);
      if (typeof opened === 'string') return opened;
      id = opened;
    } else {
      signs.outbound(id, packet, nowMs);
    }
    const uplink = this.#routes.uplinkOf(id);
    const hop = this.#routes.hopOf(id);
    const link = uplink?.linkTo(hop, packet.family, nowMs) ?? LINK_UNREACHABLE;
    if (uplink === undefined || link === LINK_UNREACHABLE)
      return translator.isEstablished(id) ? 'next-hop-lost' : 'next-hop-unresolved';
    this.#narrowMtu = uplink.settings.mtu;
    if (this.#reader.isTooBig(batch, slot, this.#narrowMtu)) return 'packet-too-big';
    const partial = needsChecksum(batch.view, batch.vnetAt(slot));
    const before = tracer.copy(packet);
    if (packet.isSyn()) clampMss(packet, uplink.settings.mostMss[packet.family], partial);
    translator.outbound(id, packet, partial);
    if (before !== undefined) tracer.left(id, before, packet, uplink.settings.name);
    this.#departure.leave(batch, slot, uplink, hop, link, nowMs);
    return undefined;
  }

  #open(nowMs: number): number | DropReason {
    const { gatekeeper, translator, counters, onOpen, tracer } = this.#parts;
    const refused = gatekeeper.admit(this.#packet, this.#plan, nowMs);
    if (refused !== undefined) return refused;
    const id = translator.open(this.#packet, this.#plan);
    if (typeof id === 'string') return id;
    counters.add('flowsOpened');
    onOpen(this.#plan.lease, id);
    if (tracer.isOn) tracer.opened(id);
    return id;
  }

  /**
   * Whether the flow's egress address is out of service and another would take the flow. Then an established connection
   * is reset, so that the client reconnects at once, and everything else is decided anew (S10, FL-26).
   */
  #hasDeadEgress(id: number): boolean {
    const { gatekeeper, translator } = this.#parts;
    if (gatekeeper.isAnswering(this.#routes.egressOf(id))) return false;
    const verdict = translator.flows.words[id * RECORD_WORDS + VERDICT] ?? 0;
    return gatekeeper.couldMove(verdict, this.#packet.family);
  }

  /** An ICMP error about a packet for a client, of its own or of the kernel that takes it there (rows I5 and F12). */
  #errorFromClient(batch: PacketBatch, slot: number, nowMs: number): DropReason | undefined {
    const { gatekeeper, translator, tracer } = this.#parts;
    if (!gatekeeper.mayReport(this.#packet)) return 'source-not-client';
    const before = tracer.copy(this.#packet);
    const id = translator.outboundError(this.#packet);
    if (typeof id === 'string') return id;
    const uplink = this.#routes.uplinkOf(id);
    const hop = this.#routes.hopOf(id);
    const link = uplink?.linkTo(hop, this.#packet.family, nowMs) ?? LINK_UNREACHABLE;
    if (uplink === undefined || link === LINK_UNREACHABLE) return 'next-hop-unresolved';
    if (this.#reader.isTooBig(batch, slot, uplink.settings.mtu)) return 'packet-too-big';
    if (before !== undefined) tracer.left(id, before, this.#packet, uplink.settings.name);
    this.#departure.leave(batch, slot, uplink, hop, link, nowMs);
    return undefined;
  }

  #fromInternet(uplink: UplinkPort, batch: PacketBatch, slot: number, nowMs: number): DropReason | undefined {
    const packet = this.#packet;
    const etherType = batch.etherTypes[slot];
    const at = batch.packetAt(slot);
    const length = batch.lengths[slot] ?? 0;
    const isNeighbours =
      etherType === ETHER_TYPE_ARP || (etherType === ETHER_TYPE_IPV6 && isNdp(batch.view, at, at + length));
    if (isNeighbours) return uplink.observe(batch, slot, nowMs);
    if (etherType !== ETHER_TYPE_IPV4 && etherType !== ETHER_TYPE_IPV6)
      return length === 0 ? 'ethernet-truncated' : 'not-ip';
    const unread = this.#reader.read(batch, slot, 'internet', nowMs);
    if (unread !== undefined) return unread === 'incomplete' ? undefined : unread;
    const { translator, signs, tracer } = this.#parts;
    const before = tracer.copy(packet);
    const isError = packet.isIcmpError();
    const id = isError ? translator.inboundError(packet, this.#isInside) : translator.findOutside(packet);
    if (id === -1) {
      const caller = this.#callers.find(packet, nowMs);
      if (typeof caller === 'string') return caller;
      if (caller !== undefined) return this.#letIn(caller, uplink, batch, slot, nowMs);
    }
    if (id === -1 || id === 'icmp-error-unmatched')
      return this.#parts.strays.take(this.#reader, uplink, batch, slot, nowMs);
    if (typeof id === 'string') return id;
    const tooBig = this.#arrival.refuseTooBig(batch, slot, this.#routes.egressOf(id), nowMs);
    if (tooBig !== undefined) return tooBig;
    if (isError) {
      signs.error(id, packet, nowMs);
    } else {
      signs.inbound(id, packet, nowMs);
      const partial = needsChecksum(batch.view, batch.vnetAt(slot));
      if (packet.isSyn()) clampMss(packet, uplink.settings.mostMss[packet.family], partial);
      translator.inbound(id, packet, partial);
    }
    if (before !== undefined)
      tracer.arrived(translator.flows.words, id * RECORD_WORDS, before, packet, uplink.settings.name);
    uplink.heard(packet.family, nowMs);
    this.#arrival.arrive(batch, slot);
    return undefined;
  }

  /** A packet of somebody who was not called goes to the client of an open mapping; no flow takes note of it (row U7). */
  #letIn(
    { words }: Caller,
    uplink: UplinkPort,
    batch: PacketBatch,
    slot: number,
    nowMs: number,
  ): DropReason | undefined {
    const { tracer } = this.#parts;
    const before = tracer.copy(this.#packet);
    const tooBig = this.#arrival.refuseTooBig(batch, slot, (words[ROUTE] ?? 0) & 0xffff, nowMs);
    if (tooBig !== undefined) return tooBig;
    translateInbound(this.#packet, words, 0, needsChecksum(batch.view, batch.vnetAt(slot)));
    if (before !== undefined) tracer.arrived(words, 0, before, this.#packet, uplink.settings.name);
    this.#arrival.arrive(batch, slot);
    return undefined;
  }

  /** Counts a client's packet that may not pass, and tells the client in its place. */
  #refuse(batch: PacketBatch, slot: number, reason: DropReason, nowMs: number): void {
    this.#parts.counters.drop(reason);
    const { tracer } = this.#parts;
    if (tracer.isOn) tracer.refused(this.#reader, { batch, slot }, this.#plan, reason);
    if (this.#refuser.answerClient(batch, slot, this.#packet, reason, this.#narrowMtu, nowMs))
      this.toClients.push(slot);
  }
}
