/** What one decision collects while it searches place after place. */
import type { RuleSelection } from './rule-selection.ts';
import type { Signature } from './signature.ts';

export interface Findings {
  /** Candidate rules: those that the facts may satisfy. */
  readonly rules: RuleSelection;
  readonly signature: Signature;
}
