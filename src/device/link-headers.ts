/** The Ethernet headers an uplink sends with: one per next hop and EtherType, named by index in a `SendList`. */
import { ETHERNET_HEADER_BYTES, emitEthernet } from '../wire/ethernet.ts';
import { MAC_BYTES, type MacAddress, writeMac } from '../wire/mac-address.ts';

const SOURCE = MAC_BYTES;

export class LinkHeaders {
  #bytes = new Uint8Array(8 * ETHERNET_HEADER_BYTES);
  #count = 0;

  /** All headers, `ETHERNET_HEADER_BYTES` each. The array is replaced when the table grows: do not keep it. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Returns the index of the new header. */
  add(destination: MacAddress, source: MacAddress, etherType: number): number {
    checkMac(destination);
    checkMac(source);
    const index = this.#count++;
    if (this.#count * ETHERNET_HEADER_BYTES > this.#bytes.length) this.#grow();
    emitEthernet(this.#view(), index * ETHERNET_HEADER_BYTES, { destination, source, etherType });
    return index;
  }

  /** Changes a header's addresses, as when the next hop's MAC changes; flows keep their index. */
  update(index: number, destination: MacAddress, source: MacAddress): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.#count)
      throw new RangeError(`Cannot update link header ${index}: there are ${this.#count}`);
    checkMac(destination);
    checkMac(source);
    const at = index * ETHERNET_HEADER_BYTES;
    writeMac(this.#view(), at, destination);
    writeMac(this.#view(), at + SOURCE, source);
  }

  #view(): DataView {
    return new DataView(this.#bytes.buffer);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

function checkMac(mac: MacAddress): void {
  if (mac.length !== MAC_BYTES)
    throw new RangeError(
      `Cannot use '${Buffer.from(mac).toString('hex')}' as MAC address: 6 bytes are wanted`,
    );
}
