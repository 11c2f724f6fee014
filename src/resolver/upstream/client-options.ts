/** Options that every upstream client takes. */
import type { ResolverCounters } from '../resolver-counters.ts';

export interface ClientOptions {
  readonly counters: ResolverCounters;
  /** Whether unencrypted questions have letters in random case (draft-vixie-dnsext-dns0x20). */
  readonly randomizeCase: boolean;
  /** CAs that are trusted besides the well-known ones, in PEM. */
  readonly authorities: string | undefined;
}
