/** Reads a pcapng file as far as it goes (draft-ietf-opsawg-pcapng), and complains where it is not one. */
export interface PcapngFile {
  readonly interfaces: readonly string[];
  readonly packets: ReadonlyArray<{
    readonly on: string;
    readonly atMs: number;
    readonly bytes: Uint8Array;
    readonly isSent: boolean;
    readonly comment: string | null;
  }>;
  /** What interface statistics say is missing. */
  readonly lost: number;
}

export function readPcapng(file: Uint8Array): PcapngFile {
  const data = Buffer.from(file);
  const interfaces: string[] = [];
  const packets: PcapngFile['packets'][number][] = [];
  let lost = 0;
  for (let at = 0; at < data.length; ) {
    const [type, length] = [data.readUInt32LE(at), data.readUInt32LE(at + 4)];
    if (length % 4 !== 0 || data.readUInt32LE(at + length - 4) !== length)
      throw new Error(`Cannot read the block at ${at}: its lengths are ${length} and another`);
    const body = data.subarray(at + 8, at + length - 4);
    if (at === 0 && (type !== 0x0a0d0d0a || body.readUInt32LE(0) !== 0x1a2b3c4d))
      throw new Error('Cannot read the file: it is no pcapng');
    if (type === 1) interfaces.push(optionsOf(body.subarray(8)).get(2)?.toString() ?? '');
    if (type === 5) lost += Number(optionsOf(body.subarray(12)).get(5)?.readBigUInt64LE() ?? 0);
    if (type === 6) {
      if (body.readUInt16BE(22) !== 0xfffe) throw new Error('Cannot read the packet: it is no cooked one');
      const captured = body.readUInt32LE(12);
      const options = optionsOf(body.subarray(20 + captured + (-captured & 3)));
      packets.push({
        on: interfaces[body.readUInt32LE(0)] ?? 'no interface',
        atMs: (body.readUInt32LE(4) * 2 ** 32 + body.readUInt32LE(8)) / 1000,
        bytes: body.subarray(36, 20 + captured),
        isSent: body.readUInt16BE(20) === 4,
        comment: options.get(1)?.toString() ?? null,
      });
    }
    at += length;
  }
  return { interfaces, packets, lost };
}

function optionsOf(bytes: Buffer): Map<number, Buffer> {
  const options = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length; ) {
    const [code, length] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)];
    if (code === 0) return options;
    options.set(code, bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length + (-length & 3);
  }
  return options;
}
