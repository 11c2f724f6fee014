import { describe, expect, test } from 'vitest';
import { answer, assembleBpf, jump, jumpIf, load, loadLength } from '../../src/device/bpf-assembler.ts';
import { runClassicBpf } from '../support/run-bpf.ts';

describe('assembleBpf', () => {
  test('writes struct sock_filter: code, distances of a jump, operand', () => {
    const program = assembleBpf([
      load(2, 12),
      jumpIf('==', 0x800, undefined, 'no'),
      answer(5),
      'no',
      answer(0),
    ]);
    expect(Buffer.from(program).toString('hex').match(/.{16}/g)).toEqual([
      '280000000c000000',
      '1500000100080000',
      '0600000005000000',
      '0600000000000000',
    ]);
  });

  test('jumps as far as told without a condition, and at most 255 instructions with one', () => {
    const far = (first: Parameters<typeof assembleBpf>[0]) =>
      assembleBpf([loadLength, ...first, ...Array(300).fill(answer(1)), 'end', answer(2)]);
    expect(runClassicBpf(far([jump('end')]), new Uint8Array(4))).toBe(2);
    expect(() => far([jumpIf('==', 4, 'end')])).toThrow('Cannot jump over 300 instructions');
  });

  test.each([
    ['that is not there', [jump('gone'), answer(0)]],
    ['that lies behind', ['gone', jump('gone'), answer(0)]],
  ])('refuses a label %s', (_case, lines) => {
    expect(() => assembleBpf(lines)).toThrow('Cannot jump to gone: no such label is ahead');
  });
});
