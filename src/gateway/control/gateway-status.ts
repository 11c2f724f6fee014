/** The status of a running gateway, all of it at a glance. */
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
  /** What each thread that carries packets does of it. */
  readonly workers: readonly WorkerStatus[];
  readonly leases: {
    readonly used: number;
    readonly quarantined: number;
    readonly capacity: number;
    /** Whether they are on disk; while they are not, new names get one of a few spare addresses. */
    readonly isKept: boolean;
  };
  /** Bytes: resident of the whole process; heap and what hangs on it of the control thread alone. */
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
  /** Null: flows are not logged. Lines since the start, and what found no room, in a worker or on the disk. */
  readonly flowLog: { readonly path: string; readonly lines: number; readonly lost: number } | null;
  /** Packets that fell, by `DropReason`; reasons that never occurred are left out. */
  readonly drops: Readonly<Record<string, number>>;
  /**
   * Packets the guard caught on their way out with a source that is no egress address, or to a private destination.
   * Anything but 0 is a fault of the gateway or of another program on this host.
   */
  readonly violations: number;
}

export interface WorkerStatus {
  /** Live. */
  readonly flows: number;
  readonly packetsOut: number;
  readonly packetsIn: number;
}
