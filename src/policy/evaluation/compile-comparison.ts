/** Compiles a comparison to a closure: a reader of the left side, and a test that also covers a missing value. */
import type { BytesCondition, Comparison, Operand } from '../language/ast.ts';
import {
  type ArrayReader,
  type Reader,
  readAddress,
  readAddresses,
  readFlag,
  readFlags,
  readInteger,
  readIntegers,
  readText,
  readTexts,
} from './compile-operand.ts';
import {
  compileAddressTest,
  compileFlagTest,
  compileIntTest,
  compileTextTest,
  type Test,
} from './compile-test.ts';
import type { ElementPredicate, Predicate } from './predicate.ts';

/** For a comparison that yields a single truth value. */
export function compileComparison({ left, condition }: Comparison): Predicate {
  switch (condition.scalar) {
    case 'Bool':
      return bind(readFlag(left), compileFlagTest());
    case 'Int':
      return bind(readInteger(left), compileIntTest(condition));
    case 'Bytes':
      return compileEquality(left, condition) ?? bindText(left, condition);
    case 'Ip':
      return bind(readAddress(left), compileAddressTest(condition));
  }
}

/** For a comparison of each element of an array, next to others of the same element. */
export function compileElementComparison(comparison: Comparison): ElementPredicate {
  return bindElements(comparison, (read, test) => ({
    count: (facts) => read(facts)?.length ?? 0,
    holds: (facts, index) => test(read(facts)?.[index]),
  }));
}

/** Whether some element compares as `sought`, when it is the only comparison inside any() or all(). */
export function compileSearch(comparison: Comparison, sought: boolean): Predicate {
  const { left, condition } = comparison;
  const equality = sought && condition.scalar === 'Bytes' ? compileEquality(left, condition) : undefined;
  if (equality !== undefined) return equality;
  return bindElements(comparison, (read, test) => (facts) => {
    const elements = read(facts);
    if (elements === undefined) return false;
    for (let index = 0; index < elements.length; index++) {
      if (test(elements[index]) === sought) return true;
    }
    return false;
  });
}

/**
 * Equality with one text, by far the most frequent comparison: a single closure, since with thousands of rules every object
 * of a rule is a cache miss.
 */
function compileEquality(left: Operand, condition: BytesCondition): Predicate | undefined {
  const [text, ...others] = textsOf(condition);
  if (text === undefined || others.length > 0) return undefined;
  if (left.kind === 'call' || left.index !== undefined) return undefined;
  const { slot, type } = left.field;
  if (type.shape === 'array') return (facts) => facts.textArrays[slot]?.includes(text) === true;
  if (type.shape !== 'one') return undefined;
  return (facts) => facts.texts[slot] === text || facts.otherTexts[slot]?.includes(text) === true;
}

function textsOf(condition: BytesCondition): readonly string[] {
  if (condition.kind === 'set') return condition.values;
  return condition.kind === 'order' && condition.order === '==' ? [condition.value] : [];
}

/** A single-text field may have further values (`Facts.otherTexts`): one match is enough, but for `!=` all must hold. */
function bindText(left: Operand, condition: BytesCondition): Predicate {
  const read = readText(left);
  const test = compileTextTest(condition);
  if (left.kind === 'call' || left.field.type.shape !== 'one') return bind(read, test);
  const { slot } = left.field;
  const decisive = !(condition.kind === 'order' && condition.order === '!=');
  return (facts) => {
    if (test(read(facts)) === decisive) return decisive;
    const others = facts.otherTexts[slot];
    return others?.some((text) => test(text) === decisive) === true ? decisive : !decisive;
  };
}

function bind<T>(read: Reader<T>, test: Test<T>): Predicate {
  return (facts) => test(read(facts));
}

function bindElements<R>(
  { left, condition }: Comparison,
  bindTo: <T>(read: ArrayReader<T>, test: Test<T>) => R,
): R {
  if (left.kind === 'call') {
    throw new TypeError(`Cannot walk over ${left.function.name}(): it yields a single value`);
  }
  switch (condition.scalar) {
    case 'Bool':
      return bindTo(readFlags(left), compileFlagTest());
    case 'Int':
      return bindTo(readIntegers(left), compileIntTest(condition));
    case 'Bytes':
      return bindTo(readTexts(left), compileTextTest(condition));
    case 'Ip':
      return bindTo(readAddresses(left), compileAddressTest(condition));
  }
}
