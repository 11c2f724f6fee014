/** The last step of a client's packet: to its uplink's send list, fragmented if need be, or queued for the next hop's MAC. */
import type { PacketBatch } from '../../device/packet-batch.ts';
import type { Ipv4Identifications } from '../../nat/ipv4-identifications.ts';
import type { Fragments, UplinkWay } from './fragments.ts';
import type { PacketReader } from './packet-reader.ts';
import { linkBytes, narrowSegments, segmentCount } from './packet-size.ts';
import type { WorkerCounters } from './reports/counters.ts';
import type { UplinkPort } from './uplink/uplink-port.ts';

export interface DepartureParts {
  readonly counters: WorkerCounters;
  readonly fragments: Fragments;
  readonly identifications: Ipv4Identifications;
}

export class Departure {
  readonly #parts: DepartureParts;
  readonly #reader: PacketReader;

  /** The packets that leave are those that `reader` has decoded, translated. */
  constructor(parts: DepartureParts, reader: PacketReader) {
    this.#parts = parts;
    this.#reader = reader;
  }

  /** Counts and forwards the packet in a slot; `link` is its link header, or negative while the next hop is being resolved. */
  leave(
    batch: PacketBatch,
    slot: number,
    uplink: UplinkPort,
    hop: number,
    link: number,
    nowMs: number,
  ): void {
    const { counters, identifications } = this.#parts;
    const { packet } = this.#reader;
    const { view, at, end, family } = packet;
    const bytes = end - at;
    batch.lengths[slot] = bytes;
    const mtu = this.#reader.mtuOver(uplink.settings.mtu);
    const isTooBig = linkBytes(batch, slot, packet) > mtu;
    const isWhole = !isTooBig || narrowSegments(batch, slot, packet, mtu);
    if (family === 4) identifications.renew(view, at, segmentCount(batch, slot, packet));
    counters.add('packetsOut');
    counters.add('bytesOut', bytes);
    if (!isWhole) this.#cut(batch, slot, mtu, { uplink, hop, nowMs });
    else if (link >= 0) uplink.outgoing.push(slot, link);
    else if (!uplink.hold(batch, slot, hop, nowMs)) counters.drop('next-hop-unresolved');
  }

  #cut(batch: PacketBatch, slot: number, mtu: number, way: UplinkWay): void {
    const { counters, fragments } = this.#parts;
    const lost = fragments.cutForUplink(batch, slot, this.#reader.packet, mtu, way);
    if (lost !== undefined) counters.drop(lost);
  }
}
