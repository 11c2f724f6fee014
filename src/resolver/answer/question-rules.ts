/** What the gateway's rules may say of a client's question: the hook they are asked through, before and after the look-up. */
import type { Address } from '../../wire/address.ts';

export interface QuestionRules {
  /** Before anything is looked up; undefined when no rule speaks against the usual way. */
  judgeQuestion(question: RuledQuestion): Ruling | undefined;
  /** When the name's addresses are known. */
  judgeAnswer(question: RuledQuestion, found: FoundAddresses): Ruling | undefined;
  /** Whether they say the same to every client at any time, as long as the policy is the same. */
  areUniform(): boolean;
}

export interface RuledQuestion {
  /** Lower case, no trailing dot. */
  readonly name: string;
  /** Number of the record type. */
  readonly type: number;
  readonly client: Address;
}

export interface FoundAddresses {
  /** Real ones. */
  readonly addresses: readonly Address[];
  /** The CNAME targets on the way to them. */
  readonly aliases: readonly string[];
}

/** How a question is refused: no data; the unspecified address; no such name; REFUSED. */
export const BLOCK_REPLIES = ['no-data', 'null-address', 'nxdomain', 'refused'] as const;
export type BlockReply = (typeof BLOCK_REPLIES)[number];

export type Ruling =
  | { readonly kind: 'block'; readonly reply: BlockReply; readonly reason: string }
  /** Address questions are answered as if they were about another name. */
  | { readonly kind: 'other-host'; readonly hostname: string }
  /** Address questions are answered with these, of either family, as they are. */
  | { readonly kind: 'addresses'; readonly addresses: readonly Address[] };

/** Rules that say nothing. */
export const NO_RULES: QuestionRules = {
  judgeQuestion: () => undefined,
  judgeAnswer: () => undefined,
  areUniform: () => true,
};
