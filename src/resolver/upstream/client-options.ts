/** Options that every upstream client takes. */
import type { ResolverCounters } from '../resolver-counters.ts';

export interface ClientOptions {
  readonly counters: ResolverCounters;
  /** Whether unencrypted questions are sent in random letter case (draft-vixie-dnsext-dns0x20). */
  readonly randomizeCase: boolean;
  /** Certificate authorities to trust in addition to the well-known ones, in PEM. */
  readonly authorities: string | undefined;
}
