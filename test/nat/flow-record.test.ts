import { expect, test } from 'vitest';
import {
  ageOf,
  BYTES_OUT,
  bornAt,
  CLIENT_AT,
  COPY_WORDS,
  copyRecord,
  countPacket,
  EGRESS_AT,
  INNER_AT,
  PACKETS_OUT,
  RECORD_WORDS,
  REMOTE,
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

test('copyRecord gives a record its addresses, wherever they stood', () => {
  const words = Uint32Array.from({ length: 200 }, (_, index) => 1000 + index);
  const base = 50;
  words.set([100, base + REMOTE, 120], base);
  const copies = new Uint32Array(2 * COPY_WORDS);
  copyRecord(words, base, copies, COPY_WORDS);
  const read = (which: number) => {
    const place = copies[COPY_WORDS + which] ?? 0;
    expect(place).toBeGreaterThanOrEqual(COPY_WORDS + RECORD_WORDS);
    return Array.from(copies.subarray(place, place + 4));
  };
  expect(read(CLIENT_AT)).toEqual([1100, 1101, 1102, 1103]);
  expect(read(INNER_AT)).toEqual([1053, 1054, 1055, 1056]);
  expect(read(EGRESS_AT)).toEqual([1120, 1121, 1122, 1123]);
  const [from, to] = [base + REMOTE, COPY_WORDS + REMOTE];
  const length = RECORD_WORDS - REMOTE;
  expect(copies.subarray(to, to + length)).toEqual(words.subarray(from, from + length));
  expect(copies.subarray(0, COPY_WORDS).every((word) => word === 0)).toBe(true);
});

test('ageOf counts from birth, also when the stored second has wrapped', () => {
  expect(ageOf(bornAt(1000), 1007)).toBe(7);
  expect(ageOf(bornAt(0xff_fffe), 0x100_0003)).toBe(5);
  expect(ageOf(bornAt(0x1ff_ffff), 0x1ff_ffff)).toBe(0);
  expect(ageOf(bornAt(1000) + 0x1f, 1007)).toBe(7);
});
