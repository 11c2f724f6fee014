import { expect, test } from 'vitest';
import { clearHeader, isSuperPacket, needsChecksum, VIRTIO_NET_BYTES } from '../../src/wire/virtio-net.ts';

/** flags, gso_type, hdr_len, gso_size, csum_start, csum_offset as linux/virtio_net.h lays them out. */
const SUPER = Uint8Array.of(1, 1, 54, 0, 0xa8, 0x05, 34, 0, 16, 0);

function viewAt(header: Uint8Array): DataView {
  const bytes = new Uint8Array(5 + VIRTIO_NET_BYTES + 5).fill(0xee);
  bytes.set(header, 5);
  return new DataView(bytes.buffer);
}

test('needsChecksum sees the flag, and no other', () => {
  expect(needsChecksum(viewAt(SUPER), 5)).toBe(true);
  expect(needsChecksum(viewAt(new Uint8Array(10)), 5)).toBe(false);
  expect(needsChecksum(viewAt(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0, 0)), 5)).toBe(false); // DATA_VALID
});

test('isSuperPacket sees any segmentation', () => {
  expect(isSuperPacket(viewAt(SUPER), 5)).toBe(true);
  expect(isSuperPacket(viewAt(Uint8Array.of(1, 0, 0, 0, 0, 0, 34, 0, 16, 0)), 5)).toBe(false);
});

test('clearHeader blanks the ten bytes and no more', () => {
  const view = viewAt(SUPER);
  clearHeader(view, 5);
  const bytes = new Uint8Array(view.buffer);
  expect([...bytes]).toEqual([...Array(5).fill(0xee), ...Array(10).fill(0), ...Array(5).fill(0xee)]);
});
