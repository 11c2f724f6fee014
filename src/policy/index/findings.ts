/** What one decision finds out while it searches place after place. */
import type { RuleSelection } from './rule-selection.ts';
import type { Signature } from './signature.ts';

export interface Findings {
  /** Rules that may hold for what the facts have. */
  readonly rules: RuleSelection;
  readonly signature: Signature;
}
