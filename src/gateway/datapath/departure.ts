/** The last step of a client's packet: to its uplink's send list, fragmented if need be, or queued for the next hop's MAC. */
import type { PacketBatch } from '../../device/packet-batch.ts';
import type { Ipv4Identifications } from '../../nat/ipv4-identifications.ts';
import type { PacketView } from '../../wire/packet-view.ts';
import type { WorkerCounters } from './counters.ts';
import type { Fragments } from './fragments.ts';
import { linkBytes, narrowSegments, segmentCount } from './packet-size.ts';
import type { UplinkPort } from './uplink-port.ts';

export interface DepartureParts {
  readonly counters: WorkerCounters;
  readonly fragments: Fragments;
  readonly identifications: Ipv4Identifications;
}

export class Departure {
  readonly #parts: DepartureParts;
  readonly #packet: PacketView;

  /** `packet` is the translated one, as its reader decoded it. */
  constructor(parts: DepartureParts, packet: PacketView) {
    this.#parts = parts;
    this.#packet = packet;
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
    const { view, at, end, family } = this.#packet;
    const bytes = end - at;
    batch.lengths[slot] = bytes;
    const isTooBig = linkBytes(batch, slot, this.#packet) > uplink.settings.mtu;
    const isWhole = !isTooBig || narrowSegments(batch, slot, this.#packet, uplink.settings.mtu);
    if (family === 4) identifications.renew(view, at, segmentCount(batch, slot, this.#packet));
    counters.add('packetsOut');
    counters.add('bytesOut', bytes);
    if (!isWhole) this.#cut(batch, slot, uplink, hop, nowMs);
    else if (link >= 0) uplink.outgoing.push(slot, link);
    else if (!uplink.hold(batch, slot, hop, nowMs)) counters.drop('next-hop-unresolved');
  }

  #cut(batch: PacketBatch, slot: number, uplink: UplinkPort, hop: number, nowMs: number): void {
    const { counters, fragments } = this.#parts;
    const lost = fragments.cutForUplink(batch, slot, this.#packet, uplink, hop, nowMs);
    if (lost !== undefined) counters.drop(lost);
  }
}
