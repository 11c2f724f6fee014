/** The hook through which the gateway's rules judge a client's question, before and after the look-up. */
import type { Address } from '../../wire/address.ts';

export interface QuestionRules {
  /** Called before anything is looked up; undefined when no rule applies. */
  judgeQuestion(question: RuledQuestion): Ruling | undefined;
  /** Called when the name's addresses are known. */
  judgeAnswer(question: RuledQuestion, found: FoundAddresses): Ruling | undefined;
  /** Whether they rule the same for every client at any time, as long as the policy does not change. */
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
  /** The real addresses. */
  readonly addresses: readonly Address[];
  /** The CNAME targets on the path to them. */
  readonly aliases: readonly string[];
}

/** How a question is blocked: NODATA, the unspecified address, NXDOMAIN, or REFUSED. */
export const BLOCK_REPLIES = ['no-data', 'null-address', 'nxdomain', 'refused'] as const;
export type BlockReply = (typeof BLOCK_REPLIES)[number];

export type Ruling =
  | { readonly kind: 'block'; readonly reply: BlockReply; readonly reason: string }
  /** Address questions are answered as if they were about another name. */
  | { readonly kind: 'other-host'; readonly hostname: string }
  /** Address questions are answered with these, of either family, as they are. */
  | { readonly kind: 'addresses'; readonly addresses: readonly Address[] };

/** No rules: never a ruling. */
export const NO_RULES: QuestionRules = {
  judgeQuestion: () => undefined,
  judgeAnswer: () => undefined,
  areUniform: () => true,
};
