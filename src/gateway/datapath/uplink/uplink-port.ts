/**
 * One uplink as the datapath sees it: which link header takes a packet to its next hop, and what the gateway itself sends there.
 * A link of bare IP packets, such as a tunnel, has neither headers nor neighbours: whatever is sent goes to its other end. Pure:
 * frames go into batches, time is an argument.
 */
import type { LinkHeaders } from '../../../device/link-headers.ts';
import { type PacketBatch, SendList } from '../../../device/packet-batch.ts';
import type { LinkContent } from '../../../device/packet-socket-device.ts';
import { LINK_UNREACHABLE } from '../../../egress/neighbours.ts';
import type { DropReason } from '../../../report/drop-reason.ts';
import type { Family } from '../../../wire/address.ts';
import type { MacAddress } from '../../../wire/mac-address.ts';
import { ETHER_TYPE_IPV4 } from '../../../wire/protocol.ts';
import { HopTable } from './hop-table.ts';
import { Neighbourhood, type NeighbourhoodSettings } from './neighbourhood.ts';
import { OwnFrames, type WritePacket } from './own-frames.ts';
import { PendingPackets, restorePacket } from './pending-packets.ts';

/** The only next hop of a link of bare packets, and what stands for the header it does not have. */
const OTHER_END = 0;
const NO_HEADER = 0;

export interface UplinkSettings extends Omit<NeighbourhoodSettings, 'mac'> {
  readonly name: string;
  readonly interface: string;
  /** The kernel's index of the interface; a different one means a different interface with the same name. */
  readonly ifindex: number;
  readonly isUp: boolean;
  /** Never changes. */
  readonly carries: LinkContent;
  /** Of a link that carries frames. */
  readonly mac: MacAddress | undefined;
  /** Bytes. */
  readonly mtu: number;
  /** The largest segment size that a SYN may announce across this uplink, by family. */
  readonly mostMss: { readonly 4: number; readonly 6: number };
}

export class UplinkPort {
  settings: UplinkSettings;
  /** The next hops whose numbers flows keep. */
  readonly hops = new HopTable();
  /** Packets of the datapath's batch that leave here. */
  readonly outgoing = new SendList();
  readonly #frames = new OwnFrames();
  /** The gateway's own frames, and which of them to send. */
  readonly own = this.#frames.batch;
  readonly ownOutgoing = this.#frames.outgoing;
  readonly #neighbourhood: Neighbourhood | undefined;
  readonly #pending = new PendingPackets();

  /** Every worker's port on a link solicits and hears its neighbours, but only one `answers` them and counts messages. */
  constructor(settings: UplinkSettings, headers: LinkHeaders, nowMs: number, answers = true) {
    this.settings = settings;
    const { mac } = settings;
    const parts = { hops: this.hops, headers, frames: this.#frames, answers };
    this.#neighbourhood = mac && new Neighbourhood(parts, { ...settings, mac }, nowMs);
  }

  /** The link has changed: its neighbours must be re-verified, and our addresses are announced again. */
  update(settings: UplinkSettings, nowMs: number): void {
    this.settings = settings;
    const { mac } = settings;
    if (mac !== undefined) this.#neighbourhood?.update({ ...settings, mac }, nowMs);
    if (settings.isUp) this.announce();
  }

  /** ARP replies and neighbour advertisements sent for egress addresses. */
  get replies(): number {
    return this.#neighbourhood?.replies ?? 0;
  }

  /** How often another station claimed an egress address of ours (FL-45). */
  get conflicts(): number {
    return this.#neighbourhood?.conflicts ?? 0;
  }

  /** The number of the next hop towards a destination, or -1 when there is no route. */
  hopFor(words: Uint32Array, at: number, family: 4 | 6): number {
    return this.#neighbourhood?.hopFor(words, at, family) ?? OTHER_END;
  }

  /** The link header for packets of `family` to a next hop, or one of the negative `LINK_` constants. */
  linkTo(hop: number, family: 4 | 6, nowMs: number): number {
    if (!this.settings.isUp) return LINK_UNREACHABLE;
    return this.#neighbourhood?.linkTo(hop, family, nowMs) ?? NO_HEADER;
  }

  /** Keeps a packet until its next hop's MAC is known; false when it must be dropped. */
  hold(batch: PacketBatch, slot: number, hop: number, nowMs: number): boolean {
    return this.#pending.hold(batch, slot, hop, nowMs);
  }

  /** Takes a frame of ARP or neighbour discovery; returns why it must be ignored, or undefined. */
  observe(batch: PacketBatch, slot: number, nowMs: number): DropReason | undefined {
    return this.#neighbourhood?.observe(batch, slot, nowMs);
  }

  /** Announces our addresses on the link (gratuitous ARP, unsolicited advertisements). */
  announce(): void {
    this.#neighbourhood?.announce();
  }

  /** A reply to a flow or a probe arrived, so the family's default next hop is alive, even if its ARP replies are lost. */
  heard(family: Family, nowMs: number): void {
    this.#neighbourhood?.heard(family, nowMs);
  }

  /** Whether packets wait for a MAC, so that `tick` should be called soon. */
  get hasPending(): boolean {
    return !this.#pending.isEmpty;
  }

  /** Sends due solicitations, and packets that have waited for a MAC or for room. */
  tick(nowMs: number, onExpired: () => void): void {
    this.#neighbourhood?.ask(nowMs);
    if (!this.#pending.isEmpty) this.#releasePending(nowMs, onExpired);
    this.#neighbourhood?.sendAnnouncements();
  }

  /** Sends a whole IP packet as one of the gateway's own frames; false when there is no room or no next hop yet. */
  sendPacket(hop: number, family: 4 | 6, nowMs: number, write: WritePacket): boolean {
    const link = this.linkTo(hop, family, nowMs);
    const slot = link < 0 ? -1 : this.#frames.write(family, write);
    if (slot === -1) return false;
    this.ownOutgoing.push(slot, link);
    return true;
  }

  /** Likewise for a fragment of a client's packet, which waits for its next hop's MAC as a whole packet does. */
  sendPiece(hop: number, family: 4 | 6, nowMs: number, write: WritePacket): boolean {
    const link = this.linkTo(hop, family, nowMs);
    const slot = this.#frames.write(family, write);
    if (slot === -1) return false;
    if (link < 0) return this.hold(this.own, slot, hop, nowMs);
    this.ownOutgoing.push(slot, link);
    return true;
  }

  /** The neighbours, for display. */
  describe(): { address: string; state: string }[] {
    return this.#neighbourhood?.describe() ?? [];
  }

  #releasePending(nowMs: number, onExpired: () => void): void {
    const { room } = this.#frames;
    let taken = 0;
    const isReady = (hop: number) => taken < room && this.linkTo(hop, 4, nowMs) >= 0 && ++taken > 0;
    for (const packet of this.#pending.release(isReady, nowMs, onExpired)) {
      const slot = this.#frames.take();
      if (slot === -1) return;
      restorePacket(packet, this.own, slot);
      const family = packet.etherType === ETHER_TYPE_IPV4 ? 4 : 6;
      this.ownOutgoing.push(slot, this.linkTo(packet.hop, family, nowMs));
    }
  }
}

export function sumOver(uplinks: readonly UplinkPort[], count: 'replies' | 'conflicts'): number {
  return uplinks.reduce((sum, uplink) => sum + uplink[count], 0);
}
