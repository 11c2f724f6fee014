import { expect, test } from 'vitest';
import {
  ageOf,
  BYTES_OUT,
  bornAt,
  countPacket,
  PACKETS_OUT,
  readCounter,
} from '../../src/nat/flow-record.ts';

test('countPacket carries into the high word', () => {
  const words = new Uint32Array(64);
  words[32 + BYTES_OUT] = 0xffff_ff00;
  countPacket(words, 32, PACKETS_OUT, BYTES_OUT, 0x100);
  expect(readCounter(words, 32 + BYTES_OUT)).toBe(0x1_0000_0000);
  countPacket(words, 32, PACKETS_OUT, BYTES_OUT, 65_535);
  expect(readCounter(words, 32 + BYTES_OUT)).toBe(0x1_0000_ffff);
  expect(words[32 + PACKETS_OUT]).toBe(2);
});

test('ageOf counts from birth, also when the stored second has wrapped', () => {
  expect(ageOf(bornAt(1000), 1007)).toBe(7);
  expect(ageOf(bornAt(0xff_fffe), 0x100_0003)).toBe(5);
  expect(ageOf(bornAt(0x1ff_ffff), 0x1ff_ffff)).toBe(0);
  expect(ageOf(bornAt(1000) + 0x1f, 1007)).toBe(7);
});
