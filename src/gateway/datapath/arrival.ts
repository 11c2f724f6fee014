/** The last step of a packet from the internet: to the clients, fragmented if need be, or a "packet too big" to its sender. */
import { type PacketBatch, SendList } from '../../device/packet-batch.ts';
import type { DropReason } from '../../report/drop-reason.ts';
import type { Fragments } from './fragments.ts';
import type { PacketReader } from './packet-reader.ts';
import { linkBytes, narrowSegments } from './packet-size.ts';
import type { Refuser } from './refuser.ts';
import type { WorkerCounters } from './reports/counters.ts';
import type { UplinkPort } from './uplink/uplink-port.ts';

export interface ArrivalParts {
  readonly counters: WorkerCounters;
  readonly fragments: Fragments;
  /** MTU of the path to the clients, in bytes. */
  readonly clientMtu: number;
  /** The uplink of each egress address, by the address's index. */
  readonly uplinkOf: readonly UplinkPort[];
}

export class Arrival {
  /** Slots of the current batch that go to the clients. */
  readonly toClients = new SendList();
  readonly #parts: ArrivalParts;
  readonly #reader: PacketReader;
  readonly #refuser: Refuser;

  constructor(parts: ArrivalParts, reader: PacketReader, refuser: Refuser) {
    this.#parts = parts;
    this.#reader = reader;
    this.#refuser = refuser;
  }

  /** Sends "packet too big" to the sender of a packet that does not fit the clients' side, from the egress address it was for. */
  refuseTooBig(batch: PacketBatch, slot: number, egressIndex: number, nowMs: number): DropReason | undefined {
    const { clientMtu, uplinkOf } = this.#parts;
    if (!this.#reader.isTooBig(batch, slot, clientMtu)) return undefined;
    const { packet } = this.#reader;
    const uplink = uplinkOf[egressIndex];
    const hop = uplink?.hopFor(packet.addresses, 0, packet.family) ?? -1;
    if (this.#refuser.answerInternet(batch, slot, packet, clientMtu, nowMs)) {
      const [from, length] = [batch.packetAt(slot), batch.lengths[slot] ?? 0];
      uplink?.sendPacket(hop, packet.family, nowMs, (view, at) => {
        new Uint8Array(view.buffer, view.byteOffset).set(batch.bytes.subarray(from, from + length), at);
        return length;
      });
    }
    return 'packet-too-big';
  }

  /** Counts and forwards the translated packet in a slot. */
  arrive(batch: PacketBatch, slot: number): void {
    const { counters, fragments, clientMtu } = this.#parts;
    const { packet } = this.#reader;
    const bytes = packet.end - packet.at;
    batch.lengths[slot] = bytes;
    counters.add('packetsIn');
    counters.add('bytesIn', bytes);
    const mtu = this.#reader.mtuOver(clientMtu);
    const isTooBig = linkBytes(batch, slot, packet) > mtu;
    if (!isTooBig || narrowSegments(batch, slot, packet, mtu)) {
      this.toClients.push(slot);
      return;
    }
    const lost = fragments.cutForClients(batch, slot, packet, mtu);
    if (lost !== undefined) counters.drop(lost);
  }
}
