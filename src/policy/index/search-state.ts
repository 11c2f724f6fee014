/** The state of one decision, to which the search of each place adds. */
import type { RuleSelection } from './rule-selection.ts';
import type { Signature } from './signature.ts';

export interface SearchState {
  /** The candidates: rules that the facts may satisfy. */
  readonly rules: RuleSelection;
  /** Of the values found in the facts so far. */
  readonly signature: Signature;
}
