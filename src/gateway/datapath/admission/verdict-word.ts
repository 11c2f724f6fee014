/**
 * A flow's verdict in one unsigned 32-bit word of its record:
 *
 *      | 0 (5 bits) | role (2 bits) | method (1 bit) | number in the VerdictBook (24 bits) |
 */
import type { EgressChoice } from '../../../egress/choose-egress.ts';

const NUMBER_BITS = 24;
const NUMBER_MASK = (1 << NUMBER_BITS) - 1;
const ROLES = ['default', 'primary', 'secondary'] as const;
const METHODS = ['default', 'dedicated'] as const;

/** `number` is cut to 24 bits. */
export function packVerdict(number: number, { role, method }: Pick<EgressChoice, 'role' | 'method'>): number {
  const kind = (ROLES.indexOf(role) << 1) | METHODS.indexOf(method);
  return ((kind << NUMBER_BITS) | (number & NUMBER_MASK)) >>> 0;
}

export function verdictNumber(word: number): number {
  return word & NUMBER_MASK;
}

export function verdictRole(word: number): EgressChoice['role'] {
  return ROLES[word >>> (NUMBER_BITS + 1)] ?? 'default';
}

export function verdictMethod(word: number): EgressChoice['method'] {
  return METHODS[(word >>> NUMBER_BITS) & 1] ?? 'default';
}
