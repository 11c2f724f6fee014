/** A packet socket that chooses the link header by a slot's EtherType, so that a list without links can be sent. */
import type { PacketBatch, SendList } from '../../src/device/packet-batch.ts';
import type { PacketDevice } from '../../src/device/packet-device.ts';
import type { PacketSocketDevice } from '../../src/device/packet-socket-device.ts';

export class LinkedSocket implements PacketDevice {
  readonly #socket: PacketSocketDevice;
  readonly #etherTypes: readonly number[];

  /** Link header i is the one for `etherTypes[i]`. */
  constructor(socket: PacketSocketDevice, etherTypes: readonly number[]) {
    this.#socket = socket;
    this.#etherTypes = etherTypes;
  }

  get failures() {
    return this.#socket.failures;
  }

  receive(batch: PacketBatch): number {
    return this.#socket.receive(batch);
  }

  send(batch: PacketBatch, list: SendList): number {
    for (let i = 0; i < list.count; i++)
      list.links[i] = Math.max(0, this.#etherTypes.indexOf(batch.etherTypes[list.slots[i] ?? 0] ?? 0));
    return this.#socket.send(batch, list);
  }

  close(): void {
    this.#socket.close();
  }
}
