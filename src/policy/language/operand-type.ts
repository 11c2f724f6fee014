/** The type of an operand, with its indices applied. */

import type { Type } from '../values/types.ts';
import type { CallOperand, FieldOperand } from './ast.ts';

export function operandType(
  operand: CallOperand | Pick<FieldOperand, 'kind' | 'field' | 'key' | 'index' | 'each'>,
): Type {
  if (operand.kind === 'call') {
    const { returns } = operand.function;
    const isWalked = operand.arguments.some((argument) => argument.kind === 'field' && argument.each);
    return isWalked ? { ...returns, shape: 'array' } : returns;
  }
  const { field, key, index, each } = operand;
  const { scalar, shape } = field.type;
  if (each || index !== undefined) return { scalar, shape: 'one' };
  if (key !== undefined) return { scalar, shape: shape === 'map-of-arrays' ? 'array' : 'one' };
  return field.type;
}
