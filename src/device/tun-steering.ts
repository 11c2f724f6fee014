/**
 * How the kernel chooses the TUN queue, and so the worker, of a client's packet: by the source address alone. So a client's
 * flows, fragments and ICMP errors all meet in one worker, which gives them one mapping whatever their destinations (RFC
 * 4787 REQ-1) and counts all of them against the client's limits. The kernel's own choice goes by the flow.
 *
 * An eBPF program of type socket filter over the IP packet; the kernel takes its result modulo the number of queues
 * (linux/bpf.h, linux/bpf_common.h). A load beyond the end of the packet ends it with 0.
 */
import { endianness } from 'node:os';

interface EbpfInstruction {
  readonly code: number;
  readonly to?: number;
  readonly from?: number;
  readonly offset?: number;
  readonly immediate?: number;
}

const INSTRUCTION_BYTES = 8;
const MOVE_REGISTER = 0xbf;
const MULTIPLY_32 = 0x24;
const XOR_REGISTER = 0xaf;
const SHIFT_RIGHT = 0x77;
const LOAD_WORD = 0x20;
const LOAD_BYTE = 0x30;
const JUMP = 0x05;
const JUMP_IF_EQUAL = 0x15;
const EXIT = 0x95;

/** Where a result and a loaded value stand, the argument, the packet for loads, and a register of our own. */
const [RESULT, ARGUMENT, PACKET, SUM] = [0, 1, 6, 7];
const IPV4_SOURCE = 12;
const IPV6_SOURCE = 8;
/** 2^32 divided by the golden ratio: neighbouring addresses come far apart (Knuth, volume 3, section 6.4). */
const SPREAD = 0x9e37_79b1;

/** `struct bpf_insn`s, one after the other, in the machine's byte order. */
export const SOURCE_STEERING: Uint8Array<ArrayBuffer> = encode([
  { code: MOVE_REGISTER, to: PACKET, from: ARGUMENT },
  { code: LOAD_BYTE, immediate: 0 },
  { code: SHIFT_RIGHT, to: RESULT, immediate: 4 },
  { code: JUMP_IF_EQUAL, to: RESULT, immediate: 6, offset: 2 },
  { code: LOAD_WORD, immediate: IPV4_SOURCE },
  { code: JUMP, offset: 10 },
  { code: LOAD_WORD, immediate: IPV6_SOURCE },
  ...[4, 8, 12].flatMap((word) => [
    { code: MOVE_REGISTER, to: SUM, from: RESULT },
    { code: LOAD_WORD, immediate: IPV6_SOURCE + word },
    { code: XOR_REGISTER, to: RESULT, from: SUM },
  ]),
  { code: MULTIPLY_32, to: RESULT, immediate: SPREAD | 0 },
  { code: SHIFT_RIGHT, to: RESULT, immediate: 16 },
  { code: EXIT },
]);

function encode(instructions: readonly EbpfInstruction[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(instructions.length * INSTRUCTION_BYTES);
  for (const [index, { code, to = 0, from = 0, offset = 0, immediate = 0 }] of instructions.entries()) {
    const at = index * INSTRUCTION_BYTES;
    bytes[at] = code;
    bytes[at + 1] = packRegisters(to, from);
    new Int16Array(bytes.buffer, at + 2, 1)[0] = offset;
    new Int32Array(bytes.buffer, at + 4, 1)[0] = immediate;
  }
  return bytes;
}

/** Two bit fields of four bits, which a compiler for a little-endian machine fills from the low end. */
function packRegisters(to: number, from: number): number {
  return endianness() === 'LE' ? (from << 4) | to : (to << 4) | from;
}
