/** Compiles a comparison to a closure that combines a reader of the left side with a test that also handles a missing value. */
import type { BytesCondition, Comparison, Operand } from '../language/ast.ts';
import {
  type ArrayReader,
  addressArrayReader,
  addressReader,
  flagArrayReader,
  flagReader,
  integerArrayReader,
  integerReader,
  type Reader,
  textArrayReader,
  textReader,
} from './compile-operand.ts';
import {
  compileAddressTest,
  compileFlagTest,
  compileIntTest,
  compileTextTest,
  type Test,
} from './compile-test.ts';
import type { ElementPredicate, Predicate } from './predicate.ts';

/** Compiles a comparison that yields a single truth value. */
export function compileComparison({ left, condition }: Comparison): Predicate {
  switch (condition.scalar) {
    case 'Bool':
      return bind(flagReader(left), compileFlagTest());
    case 'Int':
      return bind(integerReader(left), compileIntTest(condition));
    case 'Bytes':
      return compileEquality(left, condition) ?? bindText(left, condition);
    case 'Ip':
      return bind(addressReader(left), compileAddressTest(condition));
  }
}

/** Compiles an elementwise comparison, to be combined with others of the same element. */
export function compileElementComparison(comparison: Comparison): ElementPredicate {
  return bindElements(comparison, (read, test) => ({
    count: (facts) => read(facts)?.length ?? 0,
    holds: (facts, index) => test(read(facts)?.[index]),
  }));
}

/** Compiles the only comparison inside any() or all() to a search for an element whose result is `sought`. */
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
 * Equality with one text, by far the most frequent comparison, becomes a single closure: with thousands of rules, each further
 * object that belongs to a rule is a cache miss.
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

/** A single-text field may have further values (`Facts.otherTexts`): one of them must match, but all must for `!=`. */
function bindText(left: Operand, condition: BytesCondition): Predicate {
  const read = textReader(left);
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
      return bindTo(flagArrayReader(left), compileFlagTest());
    case 'Int':
      return bindTo(integerArrayReader(left), compileIntTest(condition));
    case 'Bytes':
      return bindTo(textArrayReader(left), compileTextTest(condition));
    case 'Ip':
      return bindTo(addressArrayReader(left), compileAddressTest(condition));
  }
}
