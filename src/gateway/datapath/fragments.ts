/**
 * Fragments in the datapath: reassembled on arrival, with one reassembler per side so that a flood from one does not starve
 * the other, and fragmented again where the MTU of the outgoing link requires it.
 */
import { LIST_CAPACITY, PacketBatch, SendList } from '../../device/packet-batch.ts';
import { finishChecksum, writeDatagram } from '../../nat/datagram-splitter.ts';
import { Fragmenter } from '../../nat/fragmenter.ts';
import type { RandomBelow } from '../../nat/random.ts';
import { Reassembler } from '../../nat/reassembler.ts';
import type { DropReason } from '../../report/drop-reason.ts';
import { writePiece } from '../../wire/fragment.ts';
import { PacketView } from '../../wire/packet-view.ts';
import { clearHeader, isSuperPacket, needsChecksum, segmentBytes } from '../../wire/virtio-net.ts';
import { segmentCount } from './packet-size.ts';
import type { WritePacket } from './uplink/own-frames.ts';
import type { UplinkPort } from './uplink/uplink-port.ts';

const MOST_DATAGRAM_BYTES = 65_535;

/** By which next hop a packet leaves, and when. */
export interface UplinkWay {
  readonly uplink: UplinkPort;
  readonly hop: number;
  readonly nowMs: number;
}

export class Fragments {
  /** Fragments for clients, and which of them to send; the sender clears the list. */
  readonly forClients = new PacketBatch(LIST_CAPACITY);
  readonly toClients = new SendList(LIST_CAPACITY);
  readonly #fromClients = new Reassembler();
  readonly #fromInternet = new Reassembler();
  readonly #fragmenter: Fragmenter;
  /** A datagram split from a super-packet. */
  readonly #datagram = new PacketView(new DataView(new ArrayBuffer(MOST_DATAGRAM_BYTES)));

  constructor(random: RandomBelow) {
    this.#fragmenter = new Fragmenter(random);
  }

  /** Takes the fragment in a slot; returns the length of the whole packet, now in its place, 0 while incomplete, or a reason. */
  join(batch: PacketBatch, slot: number, side: 'clients' | 'internet', nowMs: number): number | DropReason {
    const reassembler = side === 'clients' ? this.#fromClients : this.#fromInternet;
    const length = reassembler.add(batch.view, batch.packetAt(slot), nowMs);
    if (typeof length === 'number' && length > 0) clearHeader(batch.view, batch.vnetAt(slot));
    return length;
  }

  /** Bytes of the largest fragment of the packet of a side that `join` has put together last. */
  largestPiece(side: 'clients' | 'internet'): number {
    return (side === 'clients' ? this.#fromClients : this.#fromInternet).largestPiece;
  }

  /** Whether a packet that is too big may be fragmented for `mtu` bytes; `cameInPieces` if `join` has reassembled it. */
  mayCut(packet: PacketView, cameInPieces: boolean, mtu: number): boolean {
    return this.#fragmenter.mayCut(packet, cameInPieces, mtu);
  }

  /**
   * Fragments the translated packet in a slot for its uplink, `mtu` bytes each; returns a reason if there was no room for all
   * fragments.
   */
  cutForUplink(
    batch: PacketBatch,
    slot: number,
    packet: PacketView,
    mtu: number,
    { uplink, hop, nowMs }: UplinkWay,
  ): DropReason | undefined {
    const send = (write: WritePacket) => uplink.sendPiece(hop, packet.family, nowMs, write);
    return this.#cut(batch, slot, packet, mtu, send) ? undefined : 'uplink-send-failed';
  }

  /** Fragments the translated packet in a slot for the clients; returns a reason if there was no room for all fragments. */
  cutForClients(batch: PacketBatch, slot: number, packet: PacketView, mtu: number): DropReason | undefined {
    const send = (write: WritePacket) => this.#sendToClients(write);
    return this.#cut(batch, slot, packet, mtu, send) ? undefined : 'tun-send-failed';
  }

  /** Drops packets whose fragments did not arrive in time; returns how many. */
  advance(nowMs: number): number {
    return this.#fromClients.advance(nowMs) + this.#fromInternet.advance(nowMs);
  }

  /** Devices do no offloading for fragments: checksums and segmentation must be done before. */
  #cut(
    batch: PacketBatch,
    slot: number,
    packet: PacketView,
    mtu: number,
    send: (write: WritePacket) => boolean,
  ): boolean {
    const vnet = batch.vnetAt(slot);
    if (!isSuperPacket(batch.view, vnet)) {
      if (needsChecksum(batch.view, vnet)) finishChecksum(packet);
      return this.#cutWhole(packet, mtu, send);
    }
    const size = segmentBytes(batch.view, vnet);
    const count = segmentCount(batch, slot, packet);
    for (let index = 0; index < count; index++) {
      const length = writeDatagram(packet, { view: this.#datagram.view, at: 0 }, size, index);
      if (this.#datagram.decode(0, length) !== undefined || !this.#cutWhole(this.#datagram, mtu, send))
        return false;
    }
    return true;
  }

  #cutWhole(packet: PacketView, mtu: number, send: (write: WritePacket) => boolean): boolean {
    if (packet.end - packet.at <= mtu) return send((view, at) => copyPacketTo(packet, view, at));
    return this.#fragmenter
      .cut(packet, mtu)
      .every((piece) => send((view, at) => writePiece(packet, { view, at }, piece)));
  }

  #sendToClients(write: WritePacket): boolean {
    const slot = this.toClients.count;
    if (slot === LIST_CAPACITY) return false;
    const { view } = this.forClients;
    clearHeader(view, this.forClients.vnetAt(slot));
    this.forClients.lengths[slot] = write(view, this.forClients.packetAt(slot));
    this.toClients.push(slot);
    return true;
  }
}

function copyPacketTo({ view, at, end }: PacketView, to: DataView, toAt: number): number {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, end - at);
  new Uint8Array(to.buffer, to.byteOffset + toAt, bytes.length).set(bytes);
  return bytes.length;
}
