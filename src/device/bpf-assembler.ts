/**
 * Classic BPF with labels instead of counted jumps (linux/filter.h, linux/bpf_common.h). A line is a label for the
 * instruction after it, or an instruction.
 */
export type BpfLine = string | BpfInstruction;

export interface BpfInstruction {
  readonly code: number;
  readonly k: number;
  /** Jump targets as labels: when the condition holds, and when not. Undefined: the next instruction. */
  readonly then?: string | undefined;
  readonly otherwise?: string | undefined;
}

const INSTRUCTION_BYTES = 8;
const LONGEST_JUMP = 255;

const [LD, LDX, ST, ALU, JMP, RET, MISC] = [0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x07];
const [WORD, HALF, BYTE] = [0x00, 0x08, 0x10];
const [ABSOLUTE, INDIRECT, MEMORY, LENGTH, HEADER_LENGTH] = [0x20, 0x40, 0x60, 0x80, 0xa0];
const SIZES = { 1: BYTE, 2: HALF, 4: WORD } as const;
const CONDITIONS = { '==': 0x10, '>': 0x20, '>=': 0x30, '>=x': 0x38, '&': 0x40 } as const;
const OPERATIONS = { '+x': 0x08, '-x': 0x18, '&': 0x50, '<<': 0x60, '%': 0x90 } as const;

/** A = the bytes at `at` of the frame, big-endian. */
export function load(bytes: 1 | 2 | 4, at: number): BpfInstruction {
  return { code: LD | SIZES[bytes] | ABSOLUTE, k: at };
}

/** A = the bytes at X + `at`. */
export function loadFrom(bytes: 1 | 2, at: number): BpfInstruction {
  return { code: LD | SIZES[bytes] | INDIRECT, k: at };
}

/** A = the length of the frame. */
export const loadLength: BpfInstruction = { code: LD | WORD | LENGTH, k: 0 };

/** X = four times the low half of the byte at `at`: the length of the IPv4 header that begins there. */
export function loadHeaderLength(at: number): BpfInstruction {
  return { code: LDX | BYTE | HEADER_LENGTH, k: at };
}

/** A = A combined with `k`, or with X, by the operation. */
export function compute(operation: keyof typeof OPERATIONS, k = 0): BpfInstruction {
  return { code: ALU | OPERATIONS[operation], k };
}

/** X = A. */
export const moveToX: BpfInstruction = { code: MISC, k: 0 };
/** Stores A in, and below loads it from, the only scratch word in use. */
export const store: BpfInstruction = { code: ST, k: 0 };
export const restore: BpfInstruction = { code: LD | WORD | MEMORY, k: 0 };

/** A jump on A compared with `k`, or with X. */
export function jumpIf(
  condition: keyof typeof CONDITIONS,
  k: number,
  then: string | undefined,
  otherwise?: string,
): BpfInstruction {
  return { code: JMP | CONDITIONS[condition], k, then, otherwise };
}

/** A jump forward, however far. */
export function jump(then: string): BpfInstruction {
  return { code: JMP, k: 0, then };
}

/** Ends the program. */
export function answer(k: number): BpfInstruction {
  return { code: RET, k };
}

/** `struct sock_filter`s, one after the other. Throws RangeError for a label that is not ahead, or too far. */
export function assembleBpf(lines: readonly BpfLine[]): Uint8Array<ArrayBuffer> {
  const instructions: BpfInstruction[] = [];
  const labels = new Map<string, number>();
  for (const line of lines) {
    if (typeof line === 'string') labels.set(line, instructions.length);
    else instructions.push(line);
  }
  const bytes = new Uint8Array(instructions.length * INSTRUCTION_BYTES);
  for (const [index, instruction] of instructions.entries()) write(bytes, index, instruction, labels);
  return bytes;
}

/** In the machine's byte order, which is that of typed arrays. */
function write(
  bytes: Uint8Array<ArrayBuffer>,
  index: number,
  { code, k, then, otherwise }: BpfInstruction,
  labels: ReadonlyMap<string, number>,
): void {
  const at = index * INSTRUCTION_BYTES;
  const distance = (label: string | undefined) =>
    label === undefined ? 0 : distanceTo(label, index, labels);
  new Uint16Array(bytes.buffer, at, 1)[0] = code;
  const word = new Uint32Array(bytes.buffer, at + 4, 1);
  if (code === JMP) {
    word[0] = distance(then);
    return;
  }
  bytes[at + 2] = shortDistance(distance(then));
  bytes[at + 3] = shortDistance(distance(otherwise));
  word[0] = k;
}

function distanceTo(label: string, from: number, labels: ReadonlyMap<string, number>): number {
  const target = labels.get(label);
  if (target === undefined || target <= from)
    throw new RangeError(`Cannot jump to ${label}: no such label is ahead`);
  return target - from - 1;
}

function shortDistance(distance: number): number {
  if (distance > LONGEST_JUMP)
    throw new RangeError(`Cannot jump over ${distance} instructions: at most ${LONGEST_JUMP} on a condition`);
  return distance;
}
