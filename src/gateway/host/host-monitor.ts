/**
 * Follows the host while the gateway runs: an uplink that goes down, comes back, shrinks or moves is told to the workers,
 * and the host is set up again where an interface or its addresses are others, or another program has undone a part: the
 * guard, the rules, an on-ramp made anew (FL-23, FL-24, R8).
 */
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { ToWorker } from '../worker/worker-protocol.ts';
import { describeUplink } from '../worker/worker-settings.ts';
import { readHostMarks } from './host-marks.ts';
import { HostWatch } from './host-watch.ts';
import { readUplink, type UplinkFacts } from './read-uplink.ts';
import { runCommand } from './run-command.ts';
import { type HostSetUp, renewHost } from './set-up-host.ts';

/** The kernel numbers from 1 on. One that comes back may have its old number. */
const NO_INTERFACE = 0;
/** Chosen by us. */
const AGAIN_MS = 2_000;

export interface HostMonitorParts {
  readonly config: Config;
  readonly post: (message: ToWorker) => void;
  readonly log: Logger;
}

export class HostMonitor {
  /** What the host looks like now. */
  host: HostSetUp;
  readonly #parts: HostMonitorParts;
  readonly #watch = new HostWatch(() => this.#look());
  /** One look after the other: each compares with what the one before has seen. */
  #looking: Promise<void> = Promise.resolve();
  #again: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(host: HostSetUp, parts: HostMonitorParts) {
    this.host = host;
    this.#parts = parts;
  }

  start(): void {
    this.#watch.start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#again);
    this.#watch.stop();
    await this.#looking;
  }

  #look(): void {
    clearTimeout(this.#again);
    this.#looking = this.#looking.then(() => this.#follow());
  }

  /** What could not be read or set up may be later, with or without another change. */
  async #follow(): Promise<void> {
    try {
      await this.#compare();
      if (this.host.uplinks.every(({ ifindex }) => ifindex !== NO_INTERFACE)) return;
    } catch (error) {
      this.#parts.log.error(error, 'the host could not be followed');
    }
    if (!this.#isStopped) this.#again = setTimeout(() => this.#look(), AGAIN_MS);
  }

  async #compare(): Promise<void> {
    const before = this.host.uplinks;
    const uplinks = await Promise.all(before.map(readOrDown));
    const marks = await readHostMarks(this.#parts.config);
    const isUndone = !isDeepStrictEqual(marks, this.host.marks);
    if (isUndone)
      this.#parts.log.warn({ before: this.host.marks, now: marks }, 'the host was changed: set up again');
    const isOther = uplinks.some((facts, index) => isReplaced(facts, before[index]));
    this.host = isUndone || isOther ? await this.#renew(uplinks) : { ...this.host, uplinks };
    for (const [index, facts] of uplinks.entries()) {
      if (!isDeepStrictEqual(facts, before[index])) this.#tell(index, facts);
    }
    // Last: it may fail, and the workers have to hear of their uplinks all the same.
    await this.#followMtu();
  }

  async #renew(uplinks: HostSetUp['uplinks']): Promise<HostSetUp> {
    const { config, log } = this.#parts;
    const host = { ...this.host, ...(await renewHost(config)), uplinks };
    if (!isDeepStrictEqual(host.ownership, this.host.ownership))
      log.warn(
        "which egress addresses are also the host's own has changed: NAT ports follow at the next start",
      );
    return host;
  }

  /** The kernel tells clients what is too big for the narrowest uplink, if the TUN is as narrow. */
  async #followMtu(): Promise<void> {
    const { tun } = this.#parts.config;
    const mtu = tun.mtu ?? Math.min(...this.host.uplinks.map((uplink) => uplink.mtu));
    if (mtu === this.host.mtu) return;
    await runCommand(['ip', 'link', 'set', 'dev', tun.name, 'mtu', String(mtu)]);
    this.host = { ...this.host, mtu };
  }

  #tell(index: number, facts: UplinkFacts): void {
    const { config, post, log } = this.#parts;
    const uplink = config.uplinks[index];
    if (uplink === undefined) return;
    post({ type: 'uplink', settings: describeUplink(config, uplink, facts) });
    log.warn(
      { uplink: uplink.name, interface: facts.interface, isUp: facts.isUp, mtu: facts.mtu },
      'uplink changed',
    );
  }
}

/**
 * An interface that is gone, or no longer carries what it did at the start, is down, and everything else about it as it was. The
 * kernel forgets the routes of a link that goes down and does not bring them back: the next hop stays what it was until
 * another one is named.
 */
async function readOrDown(before: UplinkFacts): Promise<UplinkFacts> {
  try {
    const facts = await readUplink(before.interface);
    if (facts.carries !== before.carries) return gone(before);
    const { nextHop4 = before.nextHop4, nextHop6 = before.nextHop6 } = facts;
    return { ...facts, nextHop4, nextHop6 };
  } catch {
    return gone(before);
  }
}

function gone(before: UplinkFacts): UplinkFacts {
  return { ...before, isUp: false, ifindex: NO_INTERFACE };
}

/** Whether the guard and the routes must be made anew for it: the kernel has forgotten those of an interface that was gone. */
function isReplaced(facts: UplinkFacts, before: UplinkFacts | undefined): boolean {
  if (facts.ifindex === NO_INTERFACE) return false;
  return facts.ifindex !== before?.ifindex || !isDeepStrictEqual(facts.addresses, before.addresses);
}
