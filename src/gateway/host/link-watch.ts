/**
 * Tells when interfaces, addresses or routes of the host change (rtnetlink, through `ip monitor`): the uplink that went
 * down, the MTU that shrank, the next hop that moved (FL-23, row R8). What changed is for the listener to read.
 */
import { type ChildProcess, spawn } from 'node:child_process';

/** Changes come in flocks: one report for all that happen within this time. */
const SETTLE_MS = 100;
/** The monitor is started again when it ends, which it does when its buffer overflows. */
const RESTART_MS = 1_000;

export class LinkWatch {
  readonly #onChange: () => void;
  #child: ChildProcess | undefined;
  #settling: NodeJS.Timeout | undefined;
  #restarting: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  start(): void {
    const child = spawn('ip', ['-o', 'monitor', 'link', 'address', 'route'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    child.stdout.on('data', () => this.#report());
    // An `ip` that cannot be started ends the same way as one that stops.
    child.on('error', () => child.emit('exit'));
    child.once('exit', () => this.#restart());
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#settling);
    clearTimeout(this.#restarting);
    this.#child?.kill();
  }

  /** What happened while nobody watched is unknown, so a restart counts as a change. */
  #restart(): void {
    if (this.#isStopped) return;
    this.#restarting = setTimeout(() => {
      this.start();
      this.#report();
    }, RESTART_MS);
  }

  #report(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(this.#onChange, SETTLE_MS);
  }
}
