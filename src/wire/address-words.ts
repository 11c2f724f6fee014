/** Addresses as the datapath compares them: four 32-bit words, with an IPv4 address in the last and the others zero. */
import type { Address } from './address.ts';

/** Writes an address to `words[at..at+4)`. */
export function writeAddressWords(address: Address, words: Uint32Array, at: number): void {
  const view = new DataView(address.buffer, address.byteOffset, address.byteLength);
  words.fill(0, at, at + 4);
  const first = 4 - address.length / 4;
  for (let word = first; word < 4; word++) words[at + word] = view.getUint32((word - first) * 4);
}

export function addressWords(address: Address): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(4);
  writeAddressWords(address, words, 0);
  return words;
}

/** Whether the addresses at `words[at..at+4)` and `others[from..from+4)` are the same. */
export function isSameAddress(words: Uint32Array, at: number, others: Uint32Array, from: number): boolean {
  for (let word = 0; word < 4; word++) if (words[at + word] !== others[from + word]) return false;
  return true;
}

/** The address in `words[at..at+4)`. */
export function readAddressWords(words: Uint32Array, at: number, family: 4 | 6): Address {
  const first = family === 4 ? 3 : 0;
  const address = new Uint8Array((4 - first) * 4);
  const view = new DataView(address.buffer);
  for (let word = first; word < 4; word++) view.setUint32((word - first) * 4, words[at + word] ?? 0);
  return address;
}
