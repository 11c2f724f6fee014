/**
 * Packets from the internet that match no flow of this worker. The kernel gives each worker the packets for its share of
 * the external ports (device/frame-filter.ts); packets whose port is not at a fixed offset, such as fragments, go to the
 * first worker, which reassembles them and hands them over to the worker that owns the port. Some of the rest answer the
 * gateway's own probes.
 */
import type { PacketBatch } from '../../device/packet-batch.ts';
import type { DropReason } from '../../report/drop-reason.ts';
import { PacketView } from '../../wire/packet-view.ts';
import { ownerOfPort, type PortShare } from '../../wire/port-share.ts';
import type { PacketReader } from './packet-reader.ts';
import { copyPacket, type KeptPacket } from './uplink/pending-packets.ts';
import type { UplinkPort } from './uplink/uplink-port.ts';

/** A packet in the queue to another worker. */
export interface HandedPacket extends KeptPacket {
  /** Name of the uplink on which it arrived. */
  readonly uplink: string;
  /** Bytes of its largest fragment if it came in fragments, else 0. */
  readonly pieceBytes: number;
}

export interface StraysParts {
  readonly share: PortShare;
  /** False when the queue to the other worker is full. */
  readonly handOver: (worker: number, packet: HandedPacket) => boolean;
  /** True when the packet answers one of the gateway's own probes. */
  readonly isProbeAnswer: (packet: PacketView, nowMs: number) => boolean;
}

export class Strays {
  readonly #parts: StraysParts;
  readonly #quoted = new PacketView(new DataView(new ArrayBuffer(0)));

  constructor(parts: StraysParts) {
    this.#parts = parts;
  }

  /** Takes the packet that was read from a slot; returns why it is dropped, or undefined. */
  take(
    { packet, pieceBytes }: PacketReader,
    uplink: UplinkPort,
    batch: PacketBatch,
    slot: number,
    nowMs: number,
  ): DropReason | undefined {
    const { share, handOver, isProbeAnswer } = this.#parts;
    const owner = ownerOfPort(this.#externalPort(packet), share);
    if (owner !== share.worker) {
      batch.lengths[slot] = packet.end - packet.at;
      const handed = { ...copyPacket(batch, slot), uplink: uplink.settings.name, pieceBytes };
      return handOver(owner, handed) ? undefined : 'worker-overloaded';
    }
    if (packet.isIcmpError()) return 'icmp-error-unmatched';
    return isProbeAnswer(packet, nowMs) ? undefined : 'no-flow-outside';
  }

  /** For an ICMP error, the port is in the packet it quotes, which has been found readable; 0 for packets without ports. */
  #externalPort(packet: PacketView): number {
    if (!packet.isIcmpError()) return packet.destinationPort;
    return this.#quoted.decodeQuoted(packet) === undefined ? this.#quoted.sourcePort : 0;
  }
}
