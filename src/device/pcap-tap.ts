/**
 * Writes what passes a device into a capture file of the classic libpcap format (draft-ietf-opsawg-pcap), link type
 * RAW: IP packets without link header. Super-packets appear whole, and checksums left to hardware are unfinished.
 */
import type { PacketBatch, SendList } from './packet-batch.ts';
import type { PacketDevice } from './packet-device.ts';
import type { SendFailures } from './send-failures.ts';

const MAGIC = 0xa1b2c3d4;
const LINKTYPE_RAW = 101;
const SNAP_BYTES = 262_144;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const IP_ETHER_TYPES: ReadonlySet<number> = new Set([0x0800, 0x86dd]);

export interface PcapOptions {
  /** Takes the file's bytes in order; may keep what it is given. */
  readonly write: (bytes: Uint8Array) => void;
  /** Milliseconds since 1970, fractions count. */
  readonly now: () => number;
}

export class PcapTap implements PacketDevice {
  readonly #device: PacketDevice;
  readonly #options: PcapOptions;

  /** Writes the file's header at once. */
  constructor(device: PacketDevice, options: PcapOptions) {
    this.#device = device;
    this.#options = options;
    options.write(fileHeader());
  }

  get failures(): SendFailures {
    return this.#device.failures;
  }

  receive(batch: PacketBatch): number {
    const count = this.#device.receive(batch);
    for (let slot = 0; slot < count; slot++) this.#record(batch, slot);
    return count;
  }

  /** Records what the device took. */
  send(batch: PacketBatch, list: SendList): number {
    const sent = this.#device.send(batch, list);
    for (const [position, slot] of list.slots.subarray(0, list.count).entries())
      if (!this.failures.failed(position)) this.#record(batch, slot);
    return sent;
  }

  close(): void {
    this.#device.close();
  }

  #record(batch: PacketBatch, slot: number): void {
    const length = batch.lengths[slot] ?? 0;
    if (length === 0 || !IP_ETHER_TYPES.has(batch.etherTypes[slot] ?? 0)) return;
    const at = batch.packetAt(slot);
    this.#options.write(record(batch.bytes.subarray(at, at + length), this.#options.now()));
  }
}

function fileHeader(): Uint8Array {
  const view = new DataView(new ArrayBuffer(FILE_HEADER_BYTES));
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, 2, true); // version 2.4
  view.setUint16(6, 4, true);
  view.setUint32(16, SNAP_BYTES, true);
  view.setUint32(20, LINKTYPE_RAW, true);
  return new Uint8Array(view.buffer);
}

function record(packet: Uint8Array, milliseconds: number): Uint8Array {
  const microseconds = Math.round(milliseconds * 1000);
  const bytes = new Uint8Array(RECORD_HEADER_BYTES + packet.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(microseconds / 1e6), true);
  view.setUint32(4, microseconds % 1e6, true);
  view.setUint32(8, packet.length, true);
  view.setUint32(12, packet.length, true);
  bytes.set(packet, RECORD_HEADER_BYTES);
  return bytes;
}
