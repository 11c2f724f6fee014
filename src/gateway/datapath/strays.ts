/**
 * Packets from the internet that no flow of this worker expects. The kernel gives each worker the packets for its share of
 * the external ports (device/frame-filter.ts), but what it cannot tell by a port in place, such as fragments, goes to the
 * first one: read and whole, they are handed over to the worker whose port they are for. Of the others some answer the
 * gateway's own probes.
 */
import type { PacketBatch } from '../../device/packet-batch.ts';
import type { DropReason } from '../../report/drop-reason.ts';
import { PacketView } from '../../wire/packet-view.ts';
import { ownerOfPort, type PortShare } from '../../wire/port-share.ts';
import type { PacketReader } from './packet-reader.ts';
import { copyPacket, type KeptPacket } from './pending-packets.ts';
import type { UplinkPort } from './uplink-port.ts';

/** A packet on its way to another worker. */
export interface HandedPacket extends KeptPacket {
  /** Name of the uplink it came in by. */
  readonly uplink: string;
  readonly cameInPieces: boolean;
}

export interface StraysParts {
  readonly share: PortShare;
  /** False when the other worker takes no more. */
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

  /** Takes the packet that was read from a slot; why it goes no further, or undefined. */
  take(
    { packet, cameInPieces }: PacketReader,
    uplink: UplinkPort,
    batch: PacketBatch,
    slot: number,
    nowMs: number,
  ): DropReason | undefined {
    const { share, handOver, isProbeAnswer } = this.#parts;
    const owner = ownerOfPort(this.#externalPort(packet), share);
    if (owner !== share.worker) {
      batch.lengths[slot] = packet.end - packet.at;
      const handed = { ...copyPacket(batch, slot), uplink: uplink.settings.name, cameInPieces };
      return handOver(owner, handed) ? undefined : 'worker-overloaded';
    }
    if (packet.isIcmpError()) return 'icmp-error-unmatched';
    return isProbeAnswer(packet, nowMs) ? undefined : 'no-flow-outside';
  }

  /** Of an error that of the packet it quotes, which has been found readable; 0 for what has none. */
  #externalPort(packet: PacketView): number {
    if (!packet.isIcmpError()) return packet.destinationPort;
    return this.#quoted.decodeQuoted(packet) === undefined ? this.#quoted.sourcePort : 0;
  }
}
