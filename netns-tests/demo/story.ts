/** The story of the published article in order. Each step shows commands and makes claims about what they printed. */
import type { Lab } from '../lab/topology.ts';
import { killTheGateway, loseThePrimary } from './failures.ts';
import type { Narrator } from './narrator.ts';
import { applyTheOtherRules, explainADecision, visitByLiteralAddress } from './other-rules.ts';
import { resolveTheBank, visitTheBank } from './the-bank.ts';

export type Step = (lab: Lab, narrator: Narrator) => void | Promise<void>;

export const STORY: readonly Step[] = [
  resolveTheBank,
  visitTheBank,
  applyTheOtherRules,
  visitByLiteralAddress,
  explainADecision,
  loseThePrimary,
  killTheGateway,
];
