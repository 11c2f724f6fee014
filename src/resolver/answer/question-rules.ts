/** The interface through which the gateway's rules judge a client's question, before and after the look-up. */
import type { Address } from '../../wire/address.ts';

export interface QuestionRules {
  /** Called before the look-up; undefined if no rule applies. */
  judgeQuestion(question: RuledQuestion): Ruling | undefined;
  /** Called after the look-up has found addresses; undefined if no rule applies. */
  judgeAnswer(question: RuledQuestion, found: FoundAddresses): Ruling | undefined;
  /** Whether rulings depend on neither the client nor the time, so that answers may be reused until the policy changes. */
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
  /** Address questions are answered as if they had asked for another name. */
  | { readonly kind: 'other-host'; readonly hostname: string }
  /** Address questions are answered with these addresses, which may be of both families. */
  | { readonly kind: 'addresses'; readonly addresses: readonly Address[] };

/** Rules that never apply. */
export const NO_RULES: QuestionRules = {
  judgeQuestion: () => undefined,
  judgeAnswer: () => undefined,
  areUniform: () => true,
};
