/** A comparison as a closure: a reader of the left side, and a test that also says what a missing value means. */
import type { BytesCondition, Comparison, Operand } from './ast.ts';
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

/** Of a comparison that yields a single truth. */
export function compileComparison({ left, condition }: Comparison): Predicate {
  switch (condition.scalar) {
    case 'Bool':
      return bind(readFlag(left), compileFlagTest());
    case 'Int':
      return bind(readInteger(left), compileIntTest(condition));
    case 'Bytes':
      return bindText(left, condition);
    case 'Ip':
      return bind(readAddress(left), compileAddressTest(condition));
  }
}

/** Of a comparison with each element of an array, among others that walk with it. */
export function compileElementComparison(comparison: Comparison): ElementPredicate {
  return bindElements(comparison, (read, test) => ({
    count: (facts) => read(facts)?.length ?? 0,
    holds: (facts, index) => test(read(facts)?.[index]),
  }));
}

/** Whether some element compares as `sought`, when it is the only comparison inside any() or all(). */
export function compileSearch(comparison: Comparison, sought: boolean): Predicate {
  return bindElements(comparison, (read, test) => (facts) => {
    const elements = read(facts);
    if (elements === undefined) return false;
    for (let index = 0; index < elements.length; index++) {
      if (test(elements[index]) === sought) return true;
    }
    return false;
  });
}

/** A field of one text may have others beside it (`Facts.otherTexts`): one that holds is enough, and for `!=` all must. */
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
