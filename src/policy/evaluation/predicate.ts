/** The compiled forms of an expression. */
import type { Facts } from './facts.ts';

/** Whether the facts satisfy the expression. */
export type Predicate = (facts: Facts) => boolean;

/** One truth value per element, as of `a[*] == "x"`, before any() or all() combines them. */
export interface ElementPredicate {
  count(facts: Facts): number;
  holds(facts: Facts, index: number): boolean;
}
