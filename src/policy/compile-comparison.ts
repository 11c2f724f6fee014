/** A comparison as a closure: a reader of the left side, and a test that also says what a missing value means. */
import type { Comparison } from './ast.ts';
import {
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
import type { Elements, Facts } from './facts.ts';
import type { ElementPredicate, Predicate } from './predicate.ts';

/** Of a comparison that yields a single truth. */
export function compileComparison({ left, condition }: Comparison): Predicate {
  switch (condition.scalar) {
    case 'Bool':
      return bind(readFlag(left), compileFlagTest());
    case 'Int':
      return bind(readInteger(left), compileIntTest(condition));
    case 'Bytes':
      return bind(readText(left), compileTextTest(condition));
    case 'Ip':
      return bind(readAddress(left), compileAddressTest(condition));
  }
}

/** Of a comparison with each element of an array. */
export function compileElementComparison({ left, condition }: Comparison): ElementPredicate {
  if (left.kind === 'call')
    throw new TypeError(`Cannot walk over ${left.function.name}(): it yields a single value`);
  switch (condition.scalar) {
    case 'Bool':
      return bindElements(readFlags(left), compileFlagTest());
    case 'Int':
      return bindElements(readIntegers(left), compileIntTest(condition));
    case 'Bytes':
      return bindElements(readTexts(left), compileTextTest(condition));
    case 'Ip':
      return bindElements(readAddresses(left), compileAddressTest(condition));
  }
}

function bind<T>(read: (facts: Facts) => T | undefined, test: Test<T>): Predicate {
  return (facts) => test(read(facts));
}

function bindElements<T>(read: (facts: Facts) => Elements<T> | undefined, test: Test<T>): ElementPredicate {
  return {
    count: (facts) => read(facts)?.length ?? 0,
    holds: (facts, index) => test(read(facts)?.[index]),
  };
}
