/** One direction of forwarder.ts: moves batches from a device to another, and counts what it sees. */
import { PacketBatch, SendList } from '../../src/device/packet-batch.ts';
import type { PacketDevice } from '../../src/device/packet-device.ts';
import { isSuperPacket } from '../../src/wire/virtio-net.ts';

/** What was seen in one direction. */
export interface Traffic {
  packets: number;
  superPackets: number;
  longest: number;
  lost: number;
  guardRefused: number;
  tooBig: number;
}

export class Carrier {
  readonly seen: Traffic = { packets: 0, superPackets: 0, longest: 0, lost: 0, guardRefused: 0, tooBig: 0 };
  readonly #batch = new PacketBatch();
  readonly #list = new SendList();
  readonly #links: ReadonlyMap<number, number>;

  constructor(links: ReadonlyMap<number, number>) {
    this.#links = links;
  }

  carry(from: PacketDevice, to: PacketDevice): void {
    while (from.receive(this.#batch) > 0) {
      this.#select();
      this.#send(to);
    }
  }

  #select(): void {
    const { seen } = this;
    const batch = this.#batch;
    this.#list.clear();
    for (let slot = 0; slot < batch.count; slot++) {
      const link = this.#links.get(batch.etherTypes[slot] ?? 0);
      if (link === undefined) continue;
      if (isSuperPacket(batch.view, batch.vnetAt(slot))) seen.superPackets++;
      seen.longest = Math.max(seen.longest, batch.lengths[slot] ?? 0);
      this.#list.push(slot, link);
    }
    seen.packets += this.#list.count;
  }

  #send(to: PacketDevice): void {
    const { seen } = this;
    const sent = to.send(this.#batch, this.#list);
    if (sent === this.#list.count) return;
    seen.lost += this.#list.count - sent;
    for (let i = 0; i < this.#list.count; i++) {
      if (!to.failures.failed(i)) continue;
      if (to.failures.reason(i) === 'guard-refused') seen.guardRefused++;
      if (to.failures.tooBig(i)) seen.tooBig++;
    }
  }
}
