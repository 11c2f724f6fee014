/**
 * One uplink as the datapath sees it: which link header takes a packet to its next hop, ARP and neighbour discovery on the
 * link, and the frames that the gateway itself sends. Pure: frames go into batches, time is an argument.
 */
import type { LinkHeaders } from '../../device/link-headers.ts';
import { LIST_CAPACITY, PacketBatch, SendList } from '../../device/packet-batch.ts';
import {
  type Advertisement,
  type EmittedMessage,
  emitAdvertisement,
  emitSolicitation,
  readNeighbourMessage,
} from '../../egress/neighbour-message.ts';
import { NeighbourResponder } from '../../egress/neighbour-responder.ts';
import { LINK_FORGOTTEN, LINK_PENDING, LINK_UNREACHABLE, NeighbourTable } from '../../egress/neighbours.ts';
import { nextHopFor, type UplinkRoutes } from '../../egress/next-hop.ts';
import type { DropReason } from '../../report/drop-reason.ts';
import { type Address, type Family, familyOf, formatAddress, type Prefix } from '../../wire/address.ts';
import { readAddressWords } from '../../wire/address-words.ts';
import { type MacAddress, ZERO_MAC } from '../../wire/mac-address.ts';
import { ETHER_TYPE_ARP, ETHER_TYPE_IPV4, ETHER_TYPE_IPV6 } from '../../wire/protocol.ts';
import { clearHeader } from '../../wire/virtio-net.ts';
import { HopTable } from './hop-table.ts';
import { PendingPackets, restorePacket } from './pending-packets.ts';

/** Slots for the gateway's own frames between two sends: fragments, and some neighbour messages. */
const OWN_FRAMES = LIST_CAPACITY;

export interface UplinkSettings extends UplinkRoutes {
  readonly name: string;
  readonly interface: string;
  /** The kernel's index of the interface; a different one means a different interface with the same name. */
  readonly ifindex: number;
  readonly isUp: boolean;
  readonly mac: MacAddress;
  /** Bytes. */
  readonly mtu: number;
  /** The largest segment size that a SYN may announce across this uplink, by family. */
  readonly mostMss: { readonly 4: number; readonly 6: number };
  /** Egress addresses and ranges that leave here. */
  readonly egress: readonly Prefix[];
  /** Addresses the kernel answers for itself. */
  readonly ownAddresses: readonly Address[];
  /** The sender address of solicitations. */
  readonly speaker4: Address | undefined;
  readonly speaker6: Address | undefined;
}

/** Writes an IP packet at `at` of a view; returns its length. */
export type WritePacket = (view: DataView, at: number) => number;

export class UplinkPort {
  settings: UplinkSettings;
  /** The next hops whose numbers flows keep. */
  readonly hops = new HopTable();
  /** Packets of the datapath's batch that leave here. */
  readonly outgoing = new SendList();
  /** The gateway's own frames, and which of them to send. */
  readonly own = new PacketBatch(OWN_FRAMES);
  readonly ownOutgoing = new SendList(OWN_FRAMES);
  /** ARP replies and neighbour advertisements sent for egress addresses. */
  replies = 0;
  /** How often another station claimed an egress address of ours (FL-45). */
  conflicts = 0;
  readonly #headers: LinkHeaders;
  readonly #answers: boolean;
  #neighbours: NeighbourTable;
  #responder: NeighbourResponder;
  readonly #pending = new PendingPackets();
  /** Announcements that are still to be sent. */
  #announcements: Advertisement[] = [];
  /** The first of each neighbour's two link headers, for IPv4 and IPv6, by the neighbour's slot. */
  readonly #links: number[] = [];
  /** The first of two link headers, for ARP and IPv6, of each slot of own frames; their destinations vary. */
  readonly #ownLinks: readonly number[];

  /** Every worker's port on a link solicits and hears its neighbours, but only one `answers` them and counts messages. */
  constructor(settings: UplinkSettings, headers: LinkHeaders, nowMs: number, answers = true) {
    this.settings = settings;
    this.#headers = headers;
    this.#answers = answers;
    this.#ownLinks = Array.from({ length: OWN_FRAMES }, () => this.#addHeaders(ETHER_TYPE_ARP));
    this.#neighbours = this.#makeNeighbours();
    this.#responder = this.#makeResponder();
    this.#resolveDefaults(nowMs);
  }

  /** The link has changed: its neighbours must be re-verified, and our addresses are announced again. */
  update(settings: UplinkSettings, nowMs: number): void {
    this.settings = settings;
    this.#neighbours = this.#makeNeighbours();
    this.#responder = this.#makeResponder();
    this.hops.doubtAll();
    this.#resolveDefaults(nowMs);
    if (settings.isUp) this.announce();
  }

  /** The number of the next hop towards a destination, or -1 when there is no route. */
  hopFor(words: Uint32Array, at: number, family: 4 | 6): number {
    const hop = nextHopFor(this.settings, readAddressWords(words, at, family));
    return hop === undefined ? -1 : this.hops.numberOf(hop, family);
  }

  /** The link header for packets of `family` to a next hop, or one of the negative `LINK_` constants. */
  linkTo(hop: number, family: 4 | 6, nowMs: number): number {
    const entry = this.hops.get(hop);
    if (entry?.address === undefined || !this.settings.isUp) return LINK_UNREACHABLE;
    let slot = this.#neighbours.link(entry.handle, nowMs);
    if (slot === LINK_FORGOTTEN) {
      entry.handle = this.#neighbours.resolve(entry.address, nowMs);
      slot = entry.handle < 0 ? LINK_PENDING : this.#neighbours.link(entry.handle, nowMs);
    }
    if (slot < 0) return slot;
    return (this.#links[slot] ?? LINK_PENDING) + (family === 4 ? 0 : 1);
  }

  /** Keeps a packet until its next hop's MAC is known; false when it must be dropped. */
  hold(batch: PacketBatch, slot: number, hop: number, nowMs: number): boolean {
    return this.#pending.hold(batch, slot, hop, nowMs);
  }

  /**
   * Reads a frame of ARP or neighbour discovery, learns from it, and answers it if it asks for one of our addresses. Returns
   * why it must be ignored, or undefined.
   */
  observe(batch: PacketBatch, slot: number, nowMs: number): DropReason | undefined {
    const at = batch.packetAt(slot);
    const end = at + (batch.lengths[slot] ?? 0);
    const message = readNeighbourMessage(batch.view, at, end, batch.etherTypes[slot] ?? 0);
    if (typeof message === 'string') return this.#answers ? message : undefined;
    this.#neighbours.observe(message, nowMs);
    if (this.#responder.isConflict(message)) this.conflicts++;
    const reply = this.#responder.answer(message);
    if (reply !== undefined && this.#sendOwn((view, to) => emitAdvertisement(view, to, reply)))
      this.replies++;
    return undefined;
  }

  /** Announces our addresses on the link (gratuitous ARP, unsolicited advertisements). */
  announce(): void {
    this.#announcements = this.#responder.announcements();
    this.#sendAnnouncements();
  }

  /** A reply to a flow or a probe arrived, so the family's default next hop is alive, even if its ARP replies are lost. */
  heard(family: Family, nowMs: number): void {
    this.#neighbours.heard(family, nowMs);
  }

  /** Whether packets wait for a MAC, so that `tick` should be called soon. */
  get hasPending(): boolean {
    return !this.#pending.isEmpty;
  }

  /** Sends due solicitations, and packets that have waited for a MAC or for room. */
  tick(nowMs: number, onExpired: () => void): void {
    for (const question of this.#neighbours.tick(nowMs)) {
      const { settings } = this;
      const address = familyOf(question.target) === 4 ? settings.speaker4 : settings.speaker6;
      if (address === undefined) continue;
      this.#sendOwn((view, at) => emitSolicitation(view, at, { address, mac: settings.mac }, question));
    }
    if (!this.#pending.isEmpty) this.#releasePending(nowMs, onExpired);
    this.#sendAnnouncements();
  }

  /** Sends a whole IP packet as one of the gateway's own frames; false when there is no room or no next hop yet. */
  sendPacket(hop: number, family: 4 | 6, nowMs: number, write: WritePacket): boolean {
    const link = this.linkTo(hop, family, nowMs);
    const slot = link < 0 ? -1 : this.#writeOwn(family, write);
    if (slot === -1) return false;
    this.ownOutgoing.push(slot, link);
    return true;
  }

  /** Likewise for a fragment of a client's packet, which waits for its next hop's MAC as a whole packet does. */
  sendPiece(hop: number, family: 4 | 6, nowMs: number, write: WritePacket): boolean {
    const link = this.linkTo(hop, family, nowMs);
    const slot = this.#writeOwn(family, write);
    if (slot === -1) return false;
    if (link < 0) return this.hold(this.own, slot, hop, nowMs);
    this.ownOutgoing.push(slot, link);
    return true;
  }

  /** The neighbours, for display. */
  describe(): { address: string; state: string }[] {
    return this.#neighbours.list().map(({ address, state }) => ({ address: formatAddress(address), state }));
  }

  /** Sends as many announcements as there is room for. */
  #sendAnnouncements(): void {
    for (let next = this.#announcements[0]; next !== undefined; next = this.#announcements[0]) {
      const announcement = next;
      if (!this.#sendOwn((view, at) => emitAdvertisement(view, at, announcement))) return;
      this.#announcements.shift();
    }
  }

  #releasePending(nowMs: number, onExpired: () => void): void {
    const room = OWN_FRAMES - this.ownOutgoing.count;
    let taken = 0;
    const isReady = (hop: number) => taken < room && this.linkTo(hop, 4, nowMs) >= 0 && ++taken > 0;
    for (const packet of this.#pending.release(isReady, nowMs, onExpired)) {
      const slot = this.#ownSlot();
      if (slot === -1) return;
      restorePacket(packet, this.own, slot);
      this.ownOutgoing.push(
        slot,
        this.linkTo(packet.hop, packet.etherType === ETHER_TYPE_IPV4 ? 4 : 6, nowMs),
      );
    }
  }

  /** False when there is no room. */
  #sendOwn(emit: (view: DataView, at: number) => EmittedMessage): boolean {
    const slot = this.#ownSlot();
    if (slot === -1) return false;
    const { length, etherType, destination } = emit(this.own.view, this.own.packetAt(slot));
    this.own.lengths[slot] = length;
    this.own.etherTypes[slot] = etherType;
    const link = (this.#ownLinks[slot] ?? 0) + (etherType === ETHER_TYPE_ARP ? 0 : 1);
    this.#headers.update(link, destination, this.settings.mac);
    this.ownOutgoing.push(slot, link);
    return true;
  }

  /** Writes into a free slot of own frames; -1 when there is none. */
  #writeOwn(family: 4 | 6, write: WritePacket): number {
    const slot = this.#ownSlot();
    if (slot === -1) return -1;
    this.own.lengths[slot] = write(this.own.view, this.own.packetAt(slot));
    this.own.etherTypes[slot] = family === 4 ? ETHER_TYPE_IPV4 : ETHER_TYPE_IPV6;
    return slot;
  }

  /** A free slot for an own frame with a blank virtio-net header; -1 when all are waiting to be sent. */
  #ownSlot(): number {
    const slot = this.ownOutgoing.count;
    if (slot === OWN_FRAMES) return -1;
    clearHeader(this.own.view, this.own.vnetAt(slot));
    return slot;
  }

  #makeNeighbours(): NeighbourTable {
    const { nextHop4, nextHop6 } = this.settings;
    return new NeighbourTable({
      kept: [nextHop4, nextHop6].filter((hop) => hop !== undefined),
      onLink: (slot, mac) => this.#setLink(slot, mac),
    });
  }

  #makeResponder(): NeighbourResponder {
    const { mac, egress, ownAddresses, nextHop4, nextHop6 } = this.settings;
    const nextHops = [nextHop4, nextHop6].filter((hop) => hop !== undefined);
    return new NeighbourResponder({
      mac,
      egress: this.#answers ? egress : [],
      others: [...ownAddresses, ...nextHops],
    });
  }

  #resolveDefaults(nowMs: number): void {
    const { nextHop4, nextHop6 } = this.settings;
    for (const [family, address] of [[4, nextHop4] as const, [6, nextHop6] as const]) {
      const hop = this.hops.setDefault(family, address);
      if (address !== undefined) hop.handle = this.#neighbours.resolve(address, nowMs);
    }
  }

  #setLink(slot: number, mac: MacAddress): void {
    const link = this.#links[slot] ?? this.#addHeaders(ETHER_TYPE_IPV4);
    this.#links[slot] = link;
    this.#headers.update(link, mac, this.settings.mac);
    this.#headers.update(link + 1, mac, this.settings.mac);
  }

  /** Adds two consecutive headers without destinations, one of the given type and one for IPv6; returns the first's index. */
  #addHeaders(etherType: number): number {
    const first = this.#headers.add(ZERO_MAC, this.settings.mac, etherType);
    this.#headers.add(ZERO_MAC, this.settings.mac, ETHER_TYPE_IPV6);
    return first;
  }
}

export function sumOver(uplinks: readonly UplinkPort[], count: 'replies' | 'conflicts'): number {
  return uplinks.reduce((sum, uplink) => sum + uplink[count], 0);
}
