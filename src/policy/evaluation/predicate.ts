/** What expressions compile to. */
import type { Facts } from './facts.ts';

/** Whether the facts satisfy the expression. */
export type Predicate = (facts: Facts) => boolean;

/** One truth for each element of an array, `a[*] == "x"`, before any() or all() makes one of them. */
export interface ElementPredicate {
  count(facts: Facts): number;
  holds(facts: Facts, index: number): boolean;
}
