/**
 * eBPF of type socket filter with labels instead of counted jumps (linux/bpf.h, linux/bpf_common.h; RFC 9669). A line is a
 * label for the instruction after it, or an instruction. Loads read the packet big-endian into `RESULT` and clobber the
 * registers 1 to 5; one beyond the end of the packet ends the program with 0.
 */
import { endianness } from 'node:os';

/** 0 is the result, 1 the argument, and 6 holds the packet for loads; 7 to 9 are free. */
export type Register = 0 | 1 | 6 | 7 | 8 | 9;
export const RESULT: Register = 0;
const ARGUMENT: Register = 1;
const PACKET: Register = 6;

export type EbpfLine = string | EbpfInstruction;

export interface EbpfInstruction {
  readonly code: number;
  readonly to?: Register;
  readonly from?: Register;
  readonly immediate?: number;
  /** Label to jump to. */
  readonly then?: string;
}

const INSTRUCTION_BYTES = 8;
const SIZES = { 1: 0x10, 2: 0x08, 4: 0x00 } as const;
const [ABSOLUTE, INDIRECT] = [0x20, 0x40];
const MOVE = 0xb7;
const FROM_REGISTER = 0x08;
/** 32-bit forms where the upper half would matter. */
const OPERATIONS = { '+': 0x07, '*': 0x24, '&': 0x57, '<<': 0x67, '>>': 0x77 } as const;
const CONDITIONS = { '==': 0x15, '>': 0x25, '&': 0x45, '!=': 0x55, '<': 0xa5 } as const;

/** Must come first: loads need it. */
export const keepPacket: EbpfInstruction = copy(PACKET, ARGUMENT);
export const EXIT: EbpfInstruction = { code: 0x95 };

export function load(bytes: 1 | 2 | 4, at: number): EbpfInstruction {
  return { code: ABSOLUTE | SIZES[bytes], immediate: at };
}

/** RESULT = the bytes at `register` + `at`. */
export function loadFrom(bytes: 1 | 2 | 4, register: Register, at: number): EbpfInstruction {
  return { code: INDIRECT | SIZES[bytes], from: register, immediate: at };
}

export function set(to: Register, immediate: number): EbpfInstruction {
  return { code: MOVE, to, immediate };
}

export function copy(to: Register, from: Register): EbpfInstruction {
  return { code: MOVE | FROM_REGISTER, to, from };
}

export function compute(
  to: Register,
  operation: keyof typeof OPERATIONS,
  immediate: number,
): EbpfInstruction {
  return { code: OPERATIONS[operation], to, immediate };
}

export function xor(to: Register, from: Register): EbpfInstruction {
  return { code: 0xa7 | FROM_REGISTER, to, from };
}

/** A jump on RESULT, unsigned, compared with `immediate`. */
export function jumpIf(condition: keyof typeof CONDITIONS, immediate: number, then: string): EbpfInstruction {
  return { code: CONDITIONS[condition], to: RESULT, immediate, then };
}

export function jump(then: string): EbpfInstruction {
  return { code: 0x05, then };
}

/** `struct bpf_insn`s, one after the other, in the machine's byte order. Throws RangeError for a label that is not ahead. */
export function assembleEbpf(lines: readonly EbpfLine[]): Uint8Array<ArrayBuffer> {
  const instructions: EbpfInstruction[] = [];
  const labels = new Map<string, number>();
  for (const line of lines) {
    if (typeof line === 'string') labels.set(line, instructions.length);
    else instructions.push(line);
  }
  const bytes = new Uint8Array(instructions.length * INSTRUCTION_BYTES);
  for (const [index, { code, to = 0, from = 0, immediate = 0, then }] of instructions.entries()) {
    const at = index * INSTRUCTION_BYTES;
    bytes[at] = code;
    bytes[at + 1] = packRegisters(to, from);
    new Int16Array(bytes.buffer, at + 2, 1)[0] = then === undefined ? 0 : distanceTo(then, index, labels);
    new Int32Array(bytes.buffer, at + 4, 1)[0] = immediate;
  }
  return bytes;
}

function distanceTo(label: string, from: number, labels: ReadonlyMap<string, number>): number {
  const target = labels.get(label);
  if (target === undefined || target <= from)
    throw new RangeError(`Cannot jump to ${label}: no such label is ahead`);
  return target - from - 1;
}

/** Two 4-bit fields, which a compiler for a little-endian machine fills from the low end. */
function packRegisters(to: number, from: number): number {
  return endianness() === 'LE' ? (from << 4) | to : (to << 4) | from;
}
