/** The record of the resolver's state and counters; see `GatewayControl.dns`. */
export interface DnsRecord {
  readonly cache: { readonly entries: number; readonly bytes: number };
  /** In the order of the configuration; those of forwarded domains last. */
  readonly upstreams: readonly UpstreamRecord[];
  /** The newest first. */
  readonly failures: ReadonlyArray<{
    readonly host: string;
    readonly type: string;
    readonly reason: string;
    readonly at: string;
    readonly times: number;
  }>;
  /** Counts since the start, by name. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface UpstreamRecord {
  /** For example `192.0.2.53:53` or `tls://192.0.2.53:853#dns.example`. */
  readonly server: string;
  /** The domains it is asked about; empty: all that are not forwarded elsewhere. */
  readonly domains: readonly string[];
  readonly answers: number;
  /** Smoothed response time; null until the first answer. */
  readonly answerMs: number | null;
  /** Consecutive failures; 0 after an answer. */
  readonly failures: number;
  readonly lastFailure: { readonly reason: string; readonly at: string } | null;
}
