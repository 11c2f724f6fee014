/** What every client of an upstream is made with. */
import type { ResolverCounters } from '../resolver-counters.ts';

export interface ClientOptions {
  readonly counters: ResolverCounters;
  /** Whether plain questions go out in random case (draft-vixie-dnsext-dns0x20). */
  readonly randomizeCase: boolean;
  /** Authorities that are trusted besides the well-known ones, in PEM. */
  readonly authorities: string | undefined;
}
