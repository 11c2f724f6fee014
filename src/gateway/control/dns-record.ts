/** The resolver's state and counters, as shown to users. */
export interface DnsRecord {
  readonly cache: { readonly entries: number; readonly bytes: number };
  /** In the order of the configuration, those of forwarded domains last. */
  readonly upstreams: readonly UpstreamRecord[];
  /** The newest first. */
  readonly failures: ReadonlyArray<{
    readonly host: string;
    readonly type: string;
    readonly reason: string;
    readonly at: string;
    readonly times: number;
  }>;
  /** Since the start, by name. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface UpstreamRecord {
  /** Such as `192.0.2.53:53` or `tls://192.0.2.53:853#dns.example`. */
  readonly server: string;
  /** Empty: everything that is not forwarded elsewhere. */
  readonly domains: readonly string[];
  readonly answers: number;
  /** Smoothed; null until it has answered. */
  readonly answerMs: number | null;
  /** In a row; 0 when it answers. */
  readonly failures: number;
  readonly lastFailure: { readonly reason: string; readonly at: string } | null;
}
