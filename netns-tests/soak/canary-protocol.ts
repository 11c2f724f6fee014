/** What the soak and the processes that keep flows alive at clients say to each other: one JSON object a line. */

export interface CanaryPlan {
  readonly name: string;
  readonly transport: 'tcp' | 'udp' | 'ssh';
  readonly host: string;
  readonly family: 4 | 6;
  /** How the source address that the server sees must begin. */
  readonly sources: readonly string[];
  /** Whether its egress address has a fall-back, so that it may be reset or move when that address is lost. */
  readonly mayMove: boolean;
}

export interface CanaryEvent {
  /** Milliseconds of the wall clock. */
  readonly at: number;
  readonly canary: string;
  /**
   * `closed`: by somebody else than us; `broken`: an answer that is not the one that was due; `moved`: the same flow is
   * seen from another source, which only the judge says.
   */
  readonly event: 'answered' | 'closed' | 'broken' | 'moved';
  /** Rises each time the canary was begun anew at our wish. */
  readonly life: number;
  /** Address and port that the server saw. */
  readonly source?: string;
  readonly detail?: string;
}

export const ECHO_PORT = 7007;
