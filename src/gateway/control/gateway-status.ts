/** The record of a running gateway's status; see `GatewayControl.status`. */
export interface GatewayStatus {
  readonly version: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly uptimeMs: number;
  /** Absolute path. */
  readonly configFile: string;
  readonly policy: {
    readonly file: string | null;
    readonly rules: number;
    readonly loadedAt: string | null;
  };
  readonly traffic: {
    readonly packetsOut: number;
    readonly bytesOut: number;
    readonly packetsIn: number;
    readonly bytesIn: number;
  };
  readonly flows: { readonly live: number; readonly opened: number; readonly capacity: number };
  /** The share of each worker thread. */
  readonly workers: readonly WorkerStatus[];
  readonly leases: {
    readonly used: number;
    readonly quarantined: number;
    readonly capacity: number;
    /** Whether leases are persisted; while they are not, new names get one of a few spare addresses. */
    readonly isKept: boolean;
  };
  /** In bytes: resident memory of the whole process; heap and external memory of the control thread. */
  readonly memory: { readonly rss: number; readonly heapUsed: number; readonly external: number };
  readonly resolver: {
    readonly queries: number;
    readonly synthesized: number;
    readonly failed: number;
  };
  readonly egress: {
    readonly up: number;
    readonly down: number;
    readonly unproven: number;
    readonly resting: number;
  };
  /** Null if flows are not logged. Lines written since the start, and lines lost in a worker or because of the disk. */
  readonly flowLog: { readonly path: string; readonly lines: number; readonly lost: number } | null;
  /** Dropped packets by `DropReason`; reasons that have not occurred are omitted. */
  readonly drops: Readonly<Record<string, number>>;
  /**
   * Packets that the guard stopped on their way out because their source is not an egress address or their destination is
   * private. Anything but 0 indicates a fault of the gateway or of another program on the host.
   */
  readonly violations: number;
}

export interface WorkerStatus {
  /** Live flows. */
  readonly flows: number;
  readonly packetsOut: number;
  readonly packetsIn: number;
}
