import { describe, expect, test } from 'vitest';
import {
  assembleEbpf,
  compute,
  EXIT,
  jump,
  jumpIf,
  keepPacket,
  load,
  loadFrom,
  RESULT,
  set,
} from '../../src/device/ebpf-assembler.ts';
import { runSocketFilter } from '../support/run-bpf.ts';

describe('assembleEbpf', () => {
  test('writes struct bpf_insn: code, registers, distance of a jump, operand', () => {
    const program = assembleEbpf([
      keepPacket,
      load(2, 6),
      jumpIf('==', 7, 'end'),
      loadFrom(1, 7, 3),
      'end',
      EXIT,
    ]);
    expect(Buffer.from(program).toString('hex').match(/.{16}/g)).toEqual([
      'bf16000000000000',
      '2800000006000000',
      '1500010007000000',
      '5070000003000000',
      '9500000000000000',
    ]);
  });

  test.each([
    ['+', 7, 10],
    ['*', 0xffff_ffff, 0xffff_fffd],
    ['&', 2, 2],
    ['<<', 4, 48],
    ['>>', 1, 1],
  ] as const)('computes 3 %s %i', (operation, operand, result) => {
    const program = assembleEbpf([keepPacket, set(RESULT, 3), compute(RESULT, operation, operand), EXIT]);
    expect(runSocketFilter(program, new Uint8Array(0))).toBe(result);
  });

  test.each([
    ['that is not there', [jump('gone'), EXIT]],
    ['that lies behind', ['gone', jump('gone'), EXIT]],
  ])('refuses a label %s', (_case, lines) => {
    expect(() => assembleEbpf(lines)).toThrow('Cannot jump to gone: no such label is ahead');
  });
});
