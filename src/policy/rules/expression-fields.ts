/** Lists the fields that an expression uses. */
import type { Expression, Operand } from '../language/ast.ts';
import type { CompiledRule } from './rule.ts';

/** The names of all fields in the rule's expressions. */
export function fieldsOfRule({ parts }: Pick<CompiledRule, 'parts'>): ReadonlySet<string> {
  return new Set(parts.flatMap(({ expression }) => fieldsOf(expression)));
}

/** The names of the fields in order of occurrence, with repetitions. */
export function fieldsOf(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'comparison':
      return fieldsOfOperand(expression.left);
    case 'not':
    case 'any':
    case 'all':
      return fieldsOf(expression.operand);
    default:
      return expression.operands.flatMap(fieldsOf);
  }
}

function fieldsOfOperand(operand: Operand): readonly string[] {
  if (operand.kind === 'field') return [operand.field.name];
  return operand.arguments.flatMap(fieldsOfOperand);
}
