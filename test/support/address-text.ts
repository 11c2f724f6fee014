/** Addresses and endpoints as tests write them, read and printed without the code under test. */

/** `192.0.2.1` or `2001:db8::1` as 4 or 16 bytes. */
export function addressBytes(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.'), Number);
  const [head = '', tail = ''] = text.split('::');
  const groups = (half: string) =>
    half === '' ? [] : half.split(':').map((group) => Number.parseInt(group, 16));
  const before = groups(head);
  const after = groups(tail);
  const words = [...before, ...new Array(8 - before.length - after.length).fill(0), ...after];
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 255]));
}

/** The address as the four words of a flow record or a packet view. */
export function addressWords(text: string): Uint32Array {
  const bytes = addressBytes(text);
  const padded = new Uint8Array(16);
  padded.set(bytes, 16 - bytes.length);
  const view = new DataView(padded.buffer);
  return Uint32Array.from([0, 4, 8, 12], (at) => view.getUint32(at));
}

export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, group) =>
    (((bytes[group * 2] ?? 0) << 8) | (bytes[group * 2 + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1); // the URL parser shortens it
}

/** `192.0.2.1:80` or `[2001:db8::1]:80`. */
export function splitEndpoint(text: string): { address: string; port: number } {
  const colon = text.lastIndexOf(':');
  return { address: text.slice(0, colon).replace(/[[\]]/g, ''), port: Number(text.slice(colon + 1)) };
}

export function joinEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
