/**
 * Compiles the left side of a comparison to a closure that reads a value, or an array, from `Facts` by slot. Types have been
 * checked by the parser: each function requires an operand of the type in its name.
 */
import type { Address } from '../../wire/address.ts';
import type { CallOperand, FieldOperand, Operand } from '../language/ast.ts';
import type { FunctionValue } from '../language/scheme.ts';
import type { Elements, Facts } from './facts.ts';

/** Reads a value; undefined if it is missing. */
export type Reader<T> = (facts: Facts) => T | undefined;
export type ArrayReader<T> = Reader<Elements<T>>;

export function flagReader(operand: Operand): Reader<boolean> {
  if (operand.kind === 'call') return callReader(operand, (value) => typeof value === 'boolean');
  const { slot } = operand.field;
  return operand.index === undefined
    ? (facts) => facts.flags[slot]
    : elementOf(flagArrayReader(operand), operand);
}

export function flagArrayReader({ field: { slot } }: FieldOperand): ArrayReader<boolean> {
  return (facts) => facts.flagArrays[slot];
}

export function integerReader(operand: Operand): Reader<number> {
  if (operand.kind === 'call') return callReader(operand, (value) => typeof value === 'number');
  const { slot } = operand.field;
  return operand.index === undefined
    ? (facts) => facts.integers[slot]
    : elementOf(integerArrayReader(operand), operand);
}

export function integerArrayReader({ field: { slot } }: FieldOperand): ArrayReader<number> {
  return (facts) => facts.integerArrays[slot];
}

export function textReader(operand: Operand): Reader<string> {
  if (operand.kind === 'call') return callReader(operand, (value) => typeof value === 'string');
  const { slot, type } = operand.field;
  if (operand.index !== undefined) return elementOf(textArrayReader(operand), operand);
  return type.shape === 'one'
    ? (facts) => facts.texts[slot]
    : (facts) => textArrayReader(operand)(facts)?.[0];
}

export function textArrayReader({ field: { slot, type }, key }: FieldOperand): ArrayReader<string> {
  if (type.shape === 'array') return (facts) => facts.textArrays[slot];
  if (key === undefined) return (facts) => facts.attributeSets[slot]?.each;
  return (facts) => facts.attributeSets[slot]?.byName.get(key);
}

export function addressReader(operand: Operand): Reader<Address> {
  if (operand.kind === 'call') return callReader(operand, (value) => value instanceof Uint8Array);
  const { slot } = operand.field;
  return operand.index === undefined
    ? (facts) => facts.addresses[slot]
    : elementOf(addressArrayReader(operand), operand);
}

export function addressArrayReader({ field: { slot } }: FieldOperand): ArrayReader<Address> {
  return (facts) => facts.addressArrays[slot];
}

function elementOf<T>(read: ArrayReader<T>, { index = 0 }: FieldOperand): Reader<T> {
  return (facts) => read(facts)?.[index];
}

/** Reads the result of a call. A result of another type than `isType` tests for counts as missing. */
function callReader<T extends FunctionValue>(
  { function: called, arguments: values }: CallOperand,
  isType: (value: FunctionValue) => value is T,
): Reader<T> {
  const readers = values.map(argumentReader);
  return (facts) => {
    const result = called.call(readers.map((read) => read(facts)));
    return result !== undefined && isType(result) ? result : undefined;
  };
}

function argumentReader(argument: Operand): Reader<FunctionValue> {
  const { scalar } = argument.kind === 'call' ? argument.function.returns : argument.field.type;
  switch (scalar) {
    case 'Bool':
      return flagReader(argument);
    case 'Int':
      return integerReader(argument);
    case 'Bytes':
      return textReader(argument);
    case 'Ip':
      return addressReader(argument);
  }
}
