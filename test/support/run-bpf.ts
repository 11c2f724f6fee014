/**
 * Interpreters of the two BPF machines for programs without side effects (Linux Documentation/networking/filter.rst,
 * Documentation/bpf/standardization/instruction-set.rst): what tests hold the device programs against. Written without
 * the code under test. An instruction that is not known, a jump out of the program or back is an error.
 */

/** What the kernel knows of a frame besides its bytes. */
export interface FrameFacts {
  /** 0 to us, 1 broadcast, 2 multicast, 3 to another host, 4 outgoing. */
  readonly packetType?: number;
  readonly vlanTag?: number;
  /** EtherType. */
  readonly protocol?: number;
}

const KERNEL_KNOWS = 0xffff_f000;

/** The answer of a classic program: bytes of the frame to take. */
export function runClassicBpf(program: Uint8Array, frame: Uint8Array, facts: FrameFacts = {}): number {
  const code = new DataView(program.buffer, program.byteOffset, program.length);
  let [a, x, memory] = [0, 0, 0];
  for (let at = 0; at < program.length; at += 8) {
    const [op, then, otherwise, k] = [
      code.getUint16(at, true),
      code.getUint8(at + 2),
      code.getUint8(at + 3),
      code.getUint32(at + 4, true),
    ];
    const branch = (holds: boolean) => {
      at += 8 * (holds ? then : otherwise);
    };
    const load = (bytes: number, from: number) => {
      if (from + bytes > frame.length) return -1;
      return frame.subarray(from, from + bytes).reduce((value, byte) => value * 256 + byte, 0);
    };
    switch (op) {
      case 0x20:
        if (k >= KERNEL_KNOWS) a = knownOf(k - KERNEL_KNOWS, facts);
        else a = load(4, k);
        break;
      case 0x28:
        a = load(2, k);
        break;
      case 0x30:
        a = load(1, k);
        break;
      case 0x48:
        a = load(2, x + k);
        break;
      case 0x50:
        a = load(1, x + k);
        break;
      case 0x60:
        a = memory;
        break;
      case 0x80:
        a = frame.length;
        break;
      case 0xb1:
        x = load(1, k) & 0x0f;
        x *= 4;
        break;
      case 0x02:
        memory = a;
        break;
      case 0x07:
        x = a;
        break;
      case 0x0c:
        a = (a + x) >>> 0;
        break;
      case 0x1c:
        a = (a - x) >>> 0;
        break;
      case 0x54:
        a = (a & k) >>> 0;
        break;
      case 0x64:
        a = (a << k) >>> 0;
        break;
      case 0x94:
        a %= k;
        break;
      case 0x05:
        at += 8 * k;
        break;
      case 0x15:
        branch(a === k);
        break;
      case 0x25:
        branch(a > k);
        break;
      case 0x35:
        branch(a >= k);
        break;
      case 0x3d:
        branch(a >= x);
        break;
      case 0x45:
        branch((a & k) !== 0);
        break;
      case 0x06:
        return k;
      default:
        throw new Error(`Cannot run instruction ${at / 8}: code 0x${op.toString(16)} is not known`);
    }
    // A load beyond the end of the frame ends the program.
    if (a === -1) return 0;
  }
  throw new Error('Cannot go on: the program ended without an answer');
}

function knownOf(offset: number, { packetType = 0, vlanTag = 0, protocol = 0 }: FrameFacts): number {
  if (offset === 0) return protocol;
  if (offset === 4) return packetType;
  if (offset === 44) return vlanTag;
  throw new Error(`Cannot tell fact ${offset} of a frame: it is not known`);
}

/** The result of an eBPF socket filter: its low 32 bits. */
export function runSocketFilter(program: Uint8Array, packet: Uint8Array): number {
  const code = new DataView(program.buffer, program.byteOffset, program.length);
  const registers = new BigUint64Array(11);
  for (let at = 0; at < program.length; at += 8) {
    const op = code.getUint8(at);
    const [to, from] = [code.getUint8(at + 1) & 15, code.getUint8(at + 1) >> 4];
    const immediate = code.getInt32(at + 4, true);
    const [mine = 0n, other = 0n] = [registers[to], registers[from]];
    const branch = (holds: boolean) => {
      if (holds) at += 8 * code.getInt16(at + 2, true);
    };
    switch (op) {
      case 0xb7:
        registers[to] = BigInt.asUintN(64, BigInt(immediate));
        break;
      case 0xbf:
        registers[to] = other;
        break;
      case 0xaf:
        registers[to] = mine ^ other;
        break;
      case 0x07:
        registers[to] = mine + BigInt(immediate);
        break;
      case 0x24:
        registers[to] = BigInt.asUintN(32, mine * BigInt(immediate));
        break;
      case 0x57:
        registers[to] = mine & BigInt(immediate);
        break;
      case 0x67:
        registers[to] = mine << BigInt(immediate);
        break;
      case 0x77:
        registers[to] = mine >> BigInt(immediate);
        break;
      case 0x05:
        branch(true);
        break;
      case 0x15:
        branch(mine === BigInt(immediate));
        break;
      case 0x25:
        branch(mine > BigInt(immediate));
        break;
      case 0x45:
        branch((mine & BigInt(immediate)) !== 0n);
        break;
      case 0x55:
        branch(mine !== BigInt(immediate));
        break;
      case 0xa5:
        branch(mine < BigInt(immediate));
        break;
      case 0x20:
      case 0x28:
      case 0x30:
      case 0x40:
      case 0x48:
      case 0x50: {
        const bytes = { 0: 4, 8: 2, 16: 1 }[op & 0x18] ?? 0;
        const loadAt = immediate + ((op & 0x40) === 0 ? 0 : Number(other));
        if (loadAt + bytes > packet.length) return 0;
        const loaded = packet.subarray(loadAt, loadAt + bytes);
        registers.fill(0xdeadn, 1, 6); // a load spoils the registers of arguments
        registers[0] = loaded.reduce((value, byte) => value * 256n + BigInt(byte), 0n);
        break;
      }
      case 0x95:
        return Number(BigInt.asUintN(32, registers[0] ?? 0n));
      default:
        throw new Error(`Cannot run instruction ${at / 8}: code 0x${op.toString(16)} is not known`);
    }
  }
  throw new Error('Cannot go on: the program ended without an exit');
}
