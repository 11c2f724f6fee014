/**
 * Compiles the left side of a comparison to a closure that fetches a value, or an array, from `Facts` by slot. Types were
 * checked when the expression was parsed; each function expects an operand of the type in its name.
 */
import type { Address } from '../../wire/address.ts';
import type { CallOperand, FieldOperand, Operand } from '../language/ast.ts';
import type { FunctionValue } from '../language/scheme.ts';
import type { Elements, Facts } from './facts.ts';

/** Returns undefined when the value is missing. */
export type Reader<T> = (facts: Facts) => T | undefined;
export type ArrayReader<T> = Reader<Elements<T>>;

export function readFlag(operand: Operand): Reader<boolean> {
  if (operand.kind === 'call') return readCall(operand, (value) => typeof value === 'boolean');
  const { slot } = operand.field;
  return operand.index === undefined ? (facts) => facts.flags[slot] : elementOf(readFlags(operand), operand);
}

export function readFlags({ field: { slot } }: FieldOperand): ArrayReader<boolean> {
  return (facts) => facts.flagArrays[slot];
}

export function readInteger(operand: Operand): Reader<number> {
  if (operand.kind === 'call') return readCall(operand, (value) => typeof value === 'number');
  const { slot } = operand.field;
  return operand.index === undefined
    ? (facts) => facts.integers[slot]
    : elementOf(readIntegers(operand), operand);
}

export function readIntegers({ field: { slot } }: FieldOperand): ArrayReader<number> {
  return (facts) => facts.integerArrays[slot];
}

export function readText(operand: Operand): Reader<string> {
  if (operand.kind === 'call') return readCall(operand, (value) => typeof value === 'string');
  const { slot, type } = operand.field;
  if (operand.index !== undefined) return elementOf(readTexts(operand), operand);
  return type.shape === 'one' ? (facts) => facts.texts[slot] : (facts) => readTexts(operand)(facts)?.[0];
}

export function readTexts({ field: { slot, type }, key }: FieldOperand): ArrayReader<string> {
  if (type.shape === 'array') return (facts) => facts.textArrays[slot];
  if (key === undefined) return (facts) => facts.attributeSets[slot]?.each;
  return (facts) => facts.attributeSets[slot]?.byName.get(key);
}

export function readAddress(operand: Operand): Reader<Address> {
  if (operand.kind === 'call') return readCall(operand, (value) => value instanceof Uint8Array);
  const { slot } = operand.field;
  return operand.index === undefined
    ? (facts) => facts.addresses[slot]
    : elementOf(readAddresses(operand), operand);
}

export function readAddresses({ field: { slot } }: FieldOperand): ArrayReader<Address> {
  return (facts) => facts.addressArrays[slot];
}

function elementOf<T>(read: ArrayReader<T>, { index = 0 }: FieldOperand): Reader<T> {
  return (facts) => read(facts)?.[index];
}

/** A call whose result is of the type that `isType` tests for; missing when it is of another. */
function readCall<T extends FunctionValue>(
  { function: called, arguments: values }: CallOperand,
  isType: (value: FunctionValue) => value is T,
): Reader<T> {
  const readers = values.map(readArgument);
  return (facts) => {
    const result = called.call(readers.map((read) => read(facts)));
    return result !== undefined && isType(result) ? result : undefined;
  };
}

function readArgument(argument: Operand): Reader<FunctionValue> {
  const { scalar } = argument.kind === 'call' ? argument.function.returns : argument.field.type;
  switch (scalar) {
    case 'Bool':
      return readFlag(argument);
    case 'Int':
      return readInteger(argument);
    case 'Bytes':
      return readText(argument);
    case 'Ip':
      return readAddress(argument);
  }
}
