/** Captures as netns-tests/captures/record.ts makes them: pcap of link type USER0, each record a slot of a batch. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A packet as a device puts it into a slot. */
export interface CapturedPacket {
  readonly vnet: Uint8Array;
  readonly etherType: number;
  readonly packet: Uint8Array;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const VNET_BYTES = 10;
const USER0 = 147;

export function readCapture(side: 'clients' | 'internet'): CapturedPacket[] {
  const file = readFileSync(path.join(import.meta.dirname, 'captures', `${side}.pcap`));
  if (file.readUInt32LE(20) !== USER0) throw new Error(`Cannot read capture ${side}: link type not USER0`);
  const packets: CapturedPacket[] = [];
  for (let at = FILE_HEADER_BYTES; at < file.length; ) {
    const end = at + RECORD_HEADER_BYTES + file.readUInt32LE(at + 8);
    const record = Uint8Array.from(file.subarray(at + RECORD_HEADER_BYTES, end));
    const etherType = ((record[VNET_BYTES] ?? 0) << 8) | (record[VNET_BYTES + 1] ?? 0);
    packets.push({
      vnet: record.slice(0, VNET_BYTES),
      etherType,
      packet: record.slice(VNET_BYTES + 2),
    });
    at = end;
  }
  return packets;
}
