/**
 * Who else is on an Ethernet uplink: next hops are asked for by ARP and neighbour discovery, and have their link headers here;
 * the egress addresses are answered for and announced. Pure: frames go into `OwnFrames`, time is an argument.
 */
import type { LinkHeaders } from '../../../device/link-headers.ts';
import type { PacketBatch } from '../../../device/packet-batch.ts';
import {
  type Advertisement,
  type EmittedMessage,
  emitAdvertisement,
  emitSolicitation,
  readNeighbourMessage,
} from '../../../egress/neighbour-message.ts';
import { NeighbourResponder } from '../../../egress/neighbour-responder.ts';
import {
  LINK_FORGOTTEN,
  LINK_PENDING,
  LINK_UNREACHABLE,
  NeighbourTable,
} from '../../../egress/neighbours.ts';
import { nextHopFor, type UplinkRoutes } from '../../../egress/next-hop.ts';
import type { DropReason } from '../../../report/drop-reason.ts';
import { type Address, type Family, familyOf, formatAddress, type Prefix } from '../../../wire/address.ts';
import { readAddressWords } from '../../../wire/address-words.ts';
import { type MacAddress, ZERO_MAC } from '../../../wire/mac-address.ts';
import { ETHER_TYPE_ARP, ETHER_TYPE_IPV4, ETHER_TYPE_IPV6 } from '../../../wire/protocol.ts';
import type { HopTable } from './hop-table.ts';
import { OWN_FRAMES, type OwnFrames } from './own-frames.ts';

export interface NeighbourhoodSettings extends UplinkRoutes {
  readonly mac: MacAddress;
  /** Egress addresses and ranges that leave here. */
  readonly egress: readonly Prefix[];
  /** Addresses the kernel answers for itself. */
  readonly ownAddresses: readonly Address[];
  /** The sender address of solicitations. */
  readonly speaker4: Address | undefined;
  readonly speaker6: Address | undefined;
}

export interface NeighbourhoodParts {
  readonly hops: HopTable;
  readonly headers: LinkHeaders;
  readonly frames: OwnFrames;
  /** Whether it answers for the egress addresses, announces them, and counts messages; if not, it asks and hears. */
  readonly answers: boolean;
}

export class Neighbourhood {
  /** ARP replies and neighbour advertisements sent for egress addresses. */
  replies = 0;
  /** How often another station claimed an egress address of ours (FL-45). */
  conflicts = 0;
  readonly #parts: NeighbourhoodParts;
  #settings: NeighbourhoodSettings;
  #neighbours: NeighbourTable;
  #responder: NeighbourResponder;
  /** Announcements that are still to be sent. */
  #announcements: Advertisement[] = [];
  /** The first of each neighbour's two link headers, for IPv4 and IPv6, by the neighbour's slot. */
  readonly #links: number[] = [];
  /** The first of two link headers, for ARP and IPv6, of each slot of own frames; their destinations vary. */
  readonly #ownLinks: readonly number[];

  constructor(parts: NeighbourhoodParts, settings: NeighbourhoodSettings, nowMs: number) {
    this.#parts = parts;
    this.#settings = settings;
    this.#ownLinks = Array.from({ length: OWN_FRAMES }, () => this.#addHeaders(ETHER_TYPE_ARP));
    this.#neighbours = this.#makeNeighbours();
    this.#responder = this.#makeResponder();
    this.#resolveDefaults(nowMs);
  }

  /** The link has changed: its neighbours must be re-verified. */
  update(settings: NeighbourhoodSettings, nowMs: number): void {
    this.#settings = settings;
    this.#neighbours = this.#makeNeighbours();
    this.#responder = this.#makeResponder();
    this.#parts.hops.doubtAll();
    this.#resolveDefaults(nowMs);
  }

  /** The number of the next hop towards a destination, or -1 when there is no route. */
  hopFor(words: Uint32Array, at: number, family: 4 | 6): number {
    const hop = nextHopFor(this.#settings, readAddressWords(words, at, family));
    return hop === undefined ? -1 : this.#parts.hops.numberOf(hop, family);
  }

  /** The link header for packets of `family` to a next hop, or one of the negative `LINK_` constants. */
  linkTo(hop: number, family: 4 | 6, nowMs: number): number {
    const entry = this.#parts.hops.get(hop);
    if (entry?.address === undefined) return LINK_UNREACHABLE;
    let slot = this.#neighbours.link(entry.handle, nowMs);
    if (slot === LINK_FORGOTTEN) {
      entry.handle = this.#neighbours.resolve(entry.address, nowMs);
      slot = entry.handle < 0 ? LINK_PENDING : this.#neighbours.link(entry.handle, nowMs);
    }
    if (slot < 0) return slot;
    return (this.#links[slot] ?? LINK_PENDING) + (family === 4 ? 0 : 1);
  }

  /**
   * Reads a frame of ARP or neighbour discovery, learns from it, and answers it if it asks for one of our addresses. Returns
   * why it must be ignored, or undefined.
   */
  observe(batch: PacketBatch, slot: number, nowMs: number): DropReason | undefined {
    const at = batch.packetAt(slot);
    const end = at + (batch.lengths[slot] ?? 0);
    const message = readNeighbourMessage(batch.view, at, end, batch.etherTypes[slot] ?? 0);
    if (typeof message === 'string') return this.#parts.answers ? message : undefined;
    this.#neighbours.observe(message, nowMs);
    if (this.#responder.isConflict(message)) this.conflicts++;
    const reply = this.#responder.answer(message);
    if (reply !== undefined && this.#send((view, to) => emitAdvertisement(view, to, reply))) this.replies++;
    return undefined;
  }

  /** Announces our addresses on the link (gratuitous ARP, unsolicited advertisements). */
  announce(): void {
    this.#announcements = this.#responder.announcements();
    this.sendAnnouncements();
  }

  /** A reply to a flow or a probe arrived, so the family's default next hop is alive, even if its ARP replies are lost. */
  heard(family: Family, nowMs: number): void {
    this.#neighbours.heard(family, nowMs);
  }

  /** Sends the solicitations that are due. */
  ask(nowMs: number): void {
    for (const question of this.#neighbours.tick(nowMs)) {
      const { mac, speaker4, speaker6 } = this.#settings;
      const address = familyOf(question.target) === 4 ? speaker4 : speaker6;
      if (address === undefined) continue;
      this.#send((view, at) => emitSolicitation(view, at, { address, mac }, question));
    }
  }

  /** Sends as many announcements as there is room for. */
  sendAnnouncements(): void {
    for (let next = this.#announcements[0]; next !== undefined; next = this.#announcements[0]) {
      const announcement = next;
      if (!this.#send((view, at) => emitAdvertisement(view, at, announcement))) return;
      this.#announcements.shift();
    }
  }

  /** The neighbours, for display. */
  describe(): { address: string; state: string }[] {
    return this.#neighbours.list().map(({ address, state }) => ({ address: formatAddress(address), state }));
  }

  /** False when there is no room. */
  #send(emit: (view: DataView, at: number) => EmittedMessage): boolean {
    const { headers, frames } = this.#parts;
    const slot = frames.take();
    if (slot === -1) return false;
    const { batch, outgoing } = frames;
    const { length, etherType, destination } = emit(batch.view, batch.packetAt(slot));
    batch.lengths[slot] = length;
    batch.etherTypes[slot] = etherType;
    const link = (this.#ownLinks[slot] ?? 0) + (etherType === ETHER_TYPE_ARP ? 0 : 1);
    headers.update(link, destination, this.#settings.mac);
    outgoing.push(slot, link);
    return true;
  }

  #makeNeighbours(): NeighbourTable {
    const { nextHop4, nextHop6 } = this.#settings;
    return new NeighbourTable({
      kept: [nextHop4, nextHop6].filter((hop) => hop !== undefined),
      onLink: (slot, mac) => this.#setLink(slot, mac),
    });
  }

  #makeResponder(): NeighbourResponder {
    const { mac, egress, ownAddresses, nextHop4, nextHop6 } = this.#settings;
    const nextHops = [nextHop4, nextHop6].filter((hop) => hop !== undefined);
    return new NeighbourResponder({
      mac,
      egress: this.#parts.answers ? egress : [],
      others: [...ownAddresses, ...nextHops],
    });
  }

  #resolveDefaults(nowMs: number): void {
    const { nextHop4, nextHop6 } = this.#settings;
    for (const [family, address] of [[4, nextHop4] as const, [6, nextHop6] as const]) {
      const hop = this.#parts.hops.setDefault(family, address);
      if (address !== undefined) hop.handle = this.#neighbours.resolve(address, nowMs);
    }
  }

  #setLink(slot: number, mac: MacAddress): void {
    const link = this.#links[slot] ?? this.#addHeaders(ETHER_TYPE_IPV4);
    this.#links[slot] = link;
    this.#parts.headers.update(link, mac, this.#settings.mac);
    this.#parts.headers.update(link + 1, mac, this.#settings.mac);
  }

  /** Adds two consecutive headers without destinations, one of the given type and one for IPv6; returns the first's index. */
  #addHeaders(etherType: number): number {
    const { headers } = this.#parts;
    const first = headers.add(ZERO_MAC, this.#settings.mac, etherType);
    headers.add(ZERO_MAC, this.#settings.mac, ETHER_TYPE_IPV6);
    return first;
  }
}
