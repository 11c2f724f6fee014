/**
 * Tells when the host changes: interfaces, addresses, routes and rules (rtnetlink, through `ip monitor`), and tables of
 * nftables that somebody deletes (through `nft monitor`). What changed is for the listener to read (FL-23, row R8).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { systemClock } from '../../time/clock.ts';

/** Changes come in flocks: one report for all that happen within this time. */
const SETTLE_MS = 100;
/** To look takes a dozen processes, and on some hosts routes change all the time: from one report to the next. Chosen by us. */
const APART_MS = 1_000;
/** A monitor is started again when it ends, which it does when its buffer overflows. */
const RESTART_MS = 1_000;

const MONITORS = [
  ['ip', '-o', 'monitor', 'link', 'address', 'route', 'rule'],
  // Such as by `nft flush ruleset`, with which most files of rules begin.
  ['nft', 'monitor', 'destroy', 'tables'],
] as const;

export class HostWatch {
  readonly #onChange: () => void;
  readonly #children = new Set<ChildProcess>();
  readonly #restarting = new Set<NodeJS.Timeout>();
  #settling: NodeJS.Timeout | undefined;
  #reportedMs = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  start(): void {
    for (const command of MONITORS) this.#monitor(command);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#settling);
    for (const timer of this.#restarting) clearTimeout(timer);
    for (const child of this.#children) child.kill();
  }

  /** What happened while nobody watched is unknown, so a start counts as a change. */
  #monitor(command: (typeof MONITORS)[number]): void {
    const [file, ...rest] = command;
    const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#children.add(child);
    child.once('spawn', () => this.#report());
    child.stdout.on('data', () => this.#report());
    // A program that cannot be started ends the same way as one that stops.
    child.on('error', () => child.emit('exit'));
    child.once('exit', () => {
      this.#children.delete(child);
      this.#restart(command);
    });
  }

  #restart(command: (typeof MONITORS)[number]): void {
    if (this.#isStopped) return;
    const timer = setTimeout(() => {
      this.#restarting.delete(timer);
      this.#monitor(command);
    }, RESTART_MS);
    this.#restarting.add(timer);
  }

  /** What comes meanwhile does not put it off. */
  #report(): void {
    const restMs = this.#reportedMs + APART_MS - systemClock();
    this.#settling ??= setTimeout(
      () => {
        this.#settling = undefined;
        this.#reportedMs = systemClock();
        this.#onChange();
      },
      Math.max(SETTLE_MS, restMs),
    );
  }
}
