/** Reads the packet in a slot, or the whole packet that a fragment completes, and tells whether it fits a link. */
import type { PacketBatch } from '../../device/packet-batch.ts';
import type { DropReason } from '../../report/drop-reason.ts';
import { ICMP_CHECKSUM } from '../../wire/icmp.ts';
import { PacketView } from '../../wire/packet-view.ts';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../../wire/protocol.ts';
import { TCP_CHECKSUM } from '../../wire/tcp.ts';
import { UDP_CHECKSUM } from '../../wire/udp.ts';
import { checksumField, checksumStart, needsChecksum } from '../../wire/virtio-net.ts';
import type { Gatekeeper } from './admission/gatekeeper.ts';
import type { Fragments } from './fragments.ts';
import { linkBytes } from './packet-size.ts';

/** RFC 8200 section 5. */
const IPV6_LEAST_MTU = 1280;

export class PacketReader {
  /** Refilled by `read`. */
  readonly packet = new PacketView(new DataView(new ArrayBuffer(0)));
  readonly #gatekeeper: Gatekeeper;
  readonly #fragments: Fragments;
  /** For packets of the batch that have been put together from fragments before: see `pieceBytes`. */
  #formerPieceBytes = 0;
  #pieceBytes = 0;
  #isReadable = false;

  constructor({
    gatekeeper,
    fragments,
  }: {
    readonly gatekeeper: Gatekeeper;
    readonly fragments: Fragments;
  }) {
    this.#gatekeeper = gatekeeper;
    this.#fragments = fragments;
  }

  /** Packets are read from this batch now; `pieceBytes` when another worker has put them together from fragments. */
  begin(batch: PacketBatch, pieceBytes = 0): void {
    this.packet.view = batch.view;
    this.#formerPieceBytes = pieceBytes;
  }

  /** Bytes of the packet's largest fragment if it has been put together from fragments, else 0. */
  get pieceBytes(): number {
    return this.#pieceBytes;
  }

  /** Whether `packet` is the one that was read last, and not what is left of one before it. */
  get isReadable(): boolean {
    return this.#isReadable;
  }

  /** What comes now is no packet, or has not been read yet. */
  forget(): void {
    this.#isReadable = false;
  }

  /** Why the packet goes no further; 'incomplete' while pieces of it are missing, which is no loss. */
  read(
    batch: PacketBatch,
    slot: number,
    side: 'clients' | 'internet',
    nowMs: number,
  ): DropReason | 'incomplete' | undefined {
    this.#isReadable = false;
    const reason = this.#read(batch, slot, side, nowMs);
    this.#isReadable = reason === undefined;
    return reason;
  }

  #read(
    batch: PacketBatch,
    slot: number,
    side: 'clients' | 'internet',
    nowMs: number,
  ): DropReason | 'incomplete' | undefined {
    const at = batch.packetAt(slot);
    this.#pieceBytes = this.#formerPieceBytes;
    const reason = this.packet.decode(at, batch.lengths[slot] ?? 0);
    if (reason === undefined && !isChecksumInPlace(batch, slot, this.packet)) return 'transport-bad-checksum';
    if (reason !== 'ip-fragment') return reason;
    if (side === 'clients' && !this.#gatekeeper.isClient(this.packet)) return 'source-not-client';
    const length = this.#fragments.join(batch, slot, side, nowMs);
    if (typeof length === 'string') return length;
    this.#pieceBytes = this.#fragments.largestPiece(side);
    return length === 0 ? 'incomplete' : this.packet.decode(at, length);
  }

  /** Whether the packet, or a segment of it, is too big for a link and may not be cut for it either (row U14). */
  isTooBig(batch: PacketBatch, slot: number, linkMtu: number): boolean {
    const mtu = this.mtuOver(linkMtu);
    if (linkBytes(batch, slot, this.packet) <= mtu) return false;
    return !this.#fragments.mayCut(this.packet, this.#pieceBytes > 0, mtu);
  }

  /**
   * The largest packet that a link of `mtu` bytes may be given of this one. A sender cuts IPv6 for the narrowest link of the
   * whole path, which nobody after it may cut for (RFC 8200 section 5): its packet never goes on in larger pieces than it came.
   */
  mtuOver(mtu: number): number {
    if (this.#pieceBytes === 0 || this.packet.family === 4) return mtu;
    return Math.min(mtu, Math.max(IPV6_LEAST_MTU, this.#pieceBytes));
  }
}

/**
 * Whether a partial checksum is where the packet's transport protocol has it. The kernel, or the uplink's hardware, writes
 * it behind policy, translation and guard, wherever the offload header says: into addresses and ports, if a client could.
 */
function isChecksumInPlace(
  batch: PacketBatch,
  slot: number,
  { at, transportAt, protocol }: PacketView,
): boolean {
  const vnet = batch.vnetAt(slot);
  if (!needsChecksum(batch.view, vnet)) return true;
  const start = transportAt - at;
  return (
    checksumStart(batch.view, vnet) === start &&
    checksumField(batch.view, vnet) === start + checksumPlace(protocol)
  );
}

/** In the transport header. */
function checksumPlace(protocol: number): number {
  if (protocol === PROTOCOL_TCP) return TCP_CHECKSUM;
  return protocol === PROTOCOL_UDP ? UDP_CHECKSUM : ICMP_CHECKSUM;
}
