/** The Ethernet headers an uplink sends with: one per next hop and EtherType, named by index in a `SendList`. */
import { ETHERNET_BYTES } from './packet-batch.ts';

const MAC_BYTES = 6;
const SOURCE = MAC_BYTES;
const ETHER_TYPE = 2 * MAC_BYTES;

export class LinkHeaders {
  #bytes = new Uint8Array(8 * ETHERNET_BYTES);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** All headers, `ETHERNET_BYTES` each. Replaced when the table grows: ask again before each use. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Returns the index of the new header. MAC addresses have 6 bytes. */
  add(destinationMac: Uint8Array, sourceMac: Uint8Array, etherType: number): number {
    const index = this.#count++;
    if (this.#count * ETHERNET_BYTES > this.#bytes.length) this.#grow();
    this.update(index, destinationMac, sourceMac);
    new DataView(this.#bytes.buffer).setUint16(index * ETHERNET_BYTES + ETHER_TYPE, etherType);
    return index;
  }

  /** Gives a header new addresses, as when the next hop's MAC changes; flows keep their index. */
  update(index: number, destinationMac: Uint8Array, sourceMac: Uint8Array): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.#count)
      throw new RangeError(`Cannot update link header ${index}: there are ${this.#count}`);
    const at = index * ETHERNET_BYTES;
    this.#bytes.set(checkMac(destinationMac), at);
    this.#bytes.set(checkMac(sourceMac), at + SOURCE);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

function checkMac(mac: Uint8Array): Uint8Array {
  if (mac.length !== MAC_BYTES)
    throw new RangeError(
      `Cannot use a MAC address of ${mac.length} bytes: ${Buffer.from(mac).toString('hex')}`,
    );
  return mac;
}
