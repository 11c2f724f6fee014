/**
 * Ends flows that have been idle too long. A timer fires at the flow's *shorter*, scarcity deadline (RFC 7857 section 2.1,
 * row P2). If nothing is scarce then, it is re-armed, for at most that time again, until the full idle time is over. So
 * neither packets nor the onset of scarcity touch timers.
 */
import { TimerWheel } from '../time/timer-wheel.ts';
import { LAST_SEEN, OUTSIDE, RECORD_WORDS, STATE } from './flow-record.ts';
import { idleTimeout, type Timeouts } from './timeouts.ts';

/** Chosen by us: some 4 ms of work. Without a bound, 77,000 flows that were opened in one second took 60 ms to end. */
const MOST_AT_ONCE = 4096;

export interface FlowTimersOptions {
  readonly capacity: number;
  readonly now: number;
  readonly timeouts: Timeouts;
  /** The flows' records. */
  readonly words: Uint32Array;
  /** Whether a resource that the flow holds is scarce. */
  readonly isScarce: (id: number) => boolean;
  /** Ends a flow whose timer has run out. */
  readonly onIdle: (id: number) => void;
}

export class FlowTimers {
  readonly #options: FlowTimersOptions;
  readonly #wheel: TimerWheel;
  readonly #expire: (id: number) => void;
  #now: number;

  constructor(options: FlowTimersOptions) {
    this.#options = options;
    this.#wheel = new TimerWheel(options.capacity, options.now);
    this.#now = options.now;
    this.#expire = (id) => this.#look(id);
  }

  /** Starts the timer of a flow that has just been seen. */
  start(id: number): void {
    this.#wheel.start(id, this.#now + this.#timeoutOf(id, true));
  }

  stop(id: number): void {
    this.#wheel.stop(id);
  }

  /** The flow's deadline has become earlier: restarts its timer. */
  restart(id: number): void {
    this.stop(id);
    this.start(id);
  }

  /** Moves the time to `now`, in whole seconds. True when due timers are left over: call again soon. */
  advance(now: number): boolean {
    this.#now = now;
    return this.#wheel.advance(now, this.#expire, MOST_AT_ONCE);
  }

  #look(id: number): void {
    const { words, isScarce, onIdle } = this.#options;
    const seen = words[id * RECORD_WORDS + LAST_SEEN] ?? 0;
    const shortest = this.#timeoutOf(id, true);
    if (seen + shortest > this.#now) {
      this.#wheel.start(id, seen + shortest);
      return;
    }
    const end = seen + this.#timeoutOf(id, false);
    if (end <= this.#now || isScarce(id)) onIdle(id);
    else this.#wheel.start(id, Math.min(end, this.#now + shortest));
  }

  #timeoutOf(id: number, scarce: boolean): number {
    const { words, timeouts } = this.#options;
    const base = id * RECORD_WORDS;
    const protocol = ((words[base + OUTSIDE] ?? 0) >>> 8) & 0xff;
    return idleTimeout(timeouts, protocol, (words[base + STATE] ?? 0) & 0xff, scarce);
  }
}
