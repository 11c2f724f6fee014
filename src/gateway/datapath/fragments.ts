/**
 * Fragments on their way through the datapath: put together on arrival, one reassembler a side so that a flood from one
 * does not starve the other, and cut again for a link that is too narrow.
 */
import { PacketBatch, SendList } from '../../device/packet-batch.ts';
import { Fragmenter } from '../../nat/fragmenter.ts';
import type { RandomBelow } from '../../nat/random.ts';
import { Reassembler } from '../../nat/reassembler.ts';
import type { DropReason } from '../../report/drop-reason.ts';
import { writePiece } from '../../wire/fragment.ts';
import type { PacketView } from '../../wire/packet-view.ts';
import { clearHeader } from '../../wire/virtio-net.ts';
import type { UplinkPort } from './uplink-port.ts';

/** Enough for a packet of 64 KiB on a link of 1280 bytes. */
const MOST_PIECES = 64;

export class Fragments {
  /** Pieces for clients, and which of them to send; whoever sends them clears the list. */
  readonly forClients = new PacketBatch(MOST_PIECES);
  readonly toClients = new SendList(MOST_PIECES);
  readonly #fromClients = new Reassembler();
  readonly #fromInternet = new Reassembler();
  readonly #fragmenter: Fragmenter;

  constructor(random: RandomBelow) {
    this.#fragmenter = new Fragmenter(random);
  }

  /** Takes the fragment in a slot: the length of the whole packet, now in its place, 0 while pieces are missing, or a reason. */
  join(batch: PacketBatch, slot: number, side: 'clients' | 'internet', nowMs: number): number | DropReason {
    const reassembler = side === 'clients' ? this.#fromClients : this.#fromInternet;
    const length = reassembler.add(batch.view, batch.packetAt(slot), nowMs);
    if (typeof length === 'number' && length > 0) clearHeader(batch.view, batch.vnetAt(slot));
    return length;
  }

  /** Whether a packet that is too big for its way may be cut; `cameInPieces` when `join` has put it together. */
  mayCut(packet: PacketView, cameInPieces: boolean): boolean {
    return this.#fragmenter.mayCut(packet, cameInPieces);
  }

  /** Cuts a translated packet for its uplink; a reason when not all pieces found room. */
  cutForUplink(packet: PacketView, uplink: UplinkPort, hop: number, nowMs: number): DropReason | undefined {
    for (const piece of this.#fragmenter.cut(packet, uplink.settings.mtu)) {
      const isTaken = uplink.sendPiece(hop, packet.family, nowMs, (view, at) =>
        writePiece(packet, { view, at }, piece),
      );
      if (!isTaken) return 'uplink-send-failed';
    }
    return undefined;
  }

  /** Cuts a translated packet for the clients' side; a reason when not all pieces found room. */
  cutForClients(packet: PacketView, mtu: number): DropReason | undefined {
    for (const piece of this.#fragmenter.cut(packet, mtu)) {
      const slot = this.toClients.count;
      if (slot === MOST_PIECES) return 'tun-send-failed';
      const { view } = this.forClients;
      clearHeader(view, this.forClients.vnetAt(slot));
      this.forClients.lengths[slot] = writePiece(packet, { view, at: this.forClients.packetAt(slot) }, piece);
      this.toClients.push(slot);
    }
    return undefined;
  }

  /** Gives up packets whose pieces are late; returns how many. */
  advance(nowMs: number): number {
    return this.#fromClients.advance(nowMs) + this.#fromInternet.advance(nowMs);
  }
}
