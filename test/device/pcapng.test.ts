import { expect, test } from 'vitest';
import { pcapngHeader, pcapngLost, pcapngPacket } from '../../src/device/pcapng.ts';
import { readPcapng } from '../support/read-pcapng.ts';

const AT_MS = 1_790_000_000_123.456;

test.each([0, 1, 2, 3, 4, 5])('pcapngPacket keeps packets of %i bytes beyond a word whole', (more) => {
  const bytes = Uint8Array.from({ length: 20 + more }, (_, index) => index);
  const packet = { on: 1, atMs: AT_MS, bytes, isSent: more % 2 === 0, comment: 'x'.repeat(more) };
  const file = Buffer.concat([pcapngHeader(['clients', 'wan']), pcapngPacket(packet), pcapngPacket(packet)]);
  const { interfaces, packets } = readPcapng(file);
  expect(interfaces).toEqual(['clients', 'wan']);
  expect(packets).toHaveLength(2);
  expect(Uint8Array.from(packets[1]?.bytes ?? [])).toEqual(bytes);
  expect(packets[1]).toMatchObject({ on: 'wan', isSent: more % 2 === 0, comment: 'x'.repeat(more) });
  expect(packets[1]?.atMs).toBeCloseTo(AT_MS, 3);
});

test('pcapngPacket writes names beyond ASCII, and nothing for no comment', () => {
  const packet = { on: 0, atMs: AT_MS, bytes: new Uint8Array(21), isSent: true };
  const file = Buffer.concat([
    pcapngHeader(['naïve']),
    pcapngPacket({ ...packet, comment: null }),
    pcapngPacket({ ...packet, comment: 'Büro → bank' }),
  ]);
  const { interfaces, packets } = readPcapng(file);
  expect(interfaces).toEqual(['naïve']);
  expect(packets.map(({ comment }) => comment)).toEqual([null, 'Büro → bank']);
});

test('pcapngPacket says which version of IP it is', () => {
  const at = (version: number) =>
    pcapngPacket({ on: 0, atMs: 0, bytes: Uint8Array.of(version << 4, 0), isSent: true, comment: null });
  // Behind the block's first 28 bytes the cooked header, whose last two are the EtherType.
  expect([4, 6].map((version) => [...at(version).subarray(42, 44)])).toEqual([
    [0x08, 0x00],
    [0x86, 0xdd],
  ]);
});

test('pcapngPacket shortens a comment that is longer than the format allows', () => {
  const packet = { on: 0, atMs: AT_MS, bytes: new Uint8Array(20), isSent: true, comment: 'x'.repeat(70_000) };
  const { packets } = readPcapng(Buffer.concat([pcapngHeader(['a']), pcapngPacket(packet)]));
  expect(packets[0]?.comment).toBe('x'.repeat(4096));
});

test('pcapngLost tells what is missing', () => {
  expect(readPcapng(Buffer.concat([pcapngHeader(['a']), pcapngLost(0, AT_MS, 7)])).lost).toBe(7);
});
