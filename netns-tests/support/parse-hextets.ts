/** The 16 bytes of an IPv6 address (RFC 4291 section 2.2), for addresses a test writes itself. */
export function parseHextets(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const before = hextetsOf(head);
  const after = hextetsOf(tail ?? '');
  const gap = tail === undefined ? 0 : 8 - before.length - after.length;
  const bytes = Buffer.alloc(16);
  [...before, ...Array<number>(gap).fill(0), ...after].forEach((hextet, index) => {
    bytes.writeUInt16BE(hextet, index * 2);
  });
  return bytes;
}

function hextetsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((hextet) => Number.parseInt(hextet, 16));
}
