/** Probes every egress address from that address itself, and keeps the health that workers read (S10, FL-26). */
import type { Logger } from 'pino';
import { EgressHealth } from '../../egress/egress-health.ts';
import type { EgressInventory } from '../../egress/egress-inventory.ts';
import { HealthMonitor, type HealthReport } from '../../egress/health-monitor.ts';
import { Prober } from '../../egress/prober.ts';
import { familyOf, formatPrefix } from '../../wire/address.ts';
import type { ProbeConfig } from '../config/config.ts';
import type { ToWorker } from '../worker/worker-protocol.ts';

export interface EgressProberParts {
  readonly inventory: EgressInventory;
  /** Undefined: nothing is probed, and every address counts as in service. */
  readonly probe: ProbeConfig | undefined;
  readonly nowMs: () => number;
  readonly log: Logger;
}

/** How often the prober looks at its schedule. */
const TICK_MS = 50;

export class EgressProber {
  readonly health: EgressHealth;
  readonly #parts: EgressProberParts;
  readonly #monitor: HealthMonitor;
  #prober: Prober | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: EgressProberParts) {
    this.#parts = parts;
    this.health = EgressHealth.create(parts.inventory.addresses.length);
    const { failAfter, recoverAfter } = parts.probe ?? { failAfter: 3, recoverAfter: 2 };
    this.#monitor = new HealthMonitor(this.health, { failAfter, recoverAfter }, (report) =>
      this.#tell(report),
    );
  }

  /** Begins to probe; `post` reaches the worker that sends. */
  start(post: (message: ToWorker) => void): void {
    const { probe, inventory, nowMs } = this.#parts;
    if (probe === undefined) return;
    this.#prober = new Prober(
      inventory.addresses,
      probe,
      {
        send: (egressIndex, target, token) => post({ type: 'probe', egressIndex, target, token }),
        report: (index, passed, now) =>
          this.#monitor.report(index, passed, now, this.#describeRound(index, passed, probe)),
      },
      nowMs(),
    );
    this.#timer = setInterval(() => this.#prober?.tick(nowMs()), TICK_MS);
  }

  onReply(egressIndex: number, token: number): void {
    this.#prober?.onReply(egressIndex, token, this.#parts.nowMs());
  }

  describe(index: number): HealthReport {
    return this.#monitor.describe(index);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tell({ index, state, reason }: HealthReport): void {
    const address = this.#parts.inventory.addresses[index];
    const egress = address === undefined ? String(index) : formatPrefix(address.prefix);
    this.#parts.log[state === 'down' ? 'warn' : 'info']({ egress, state, reason }, 'egress health changed');
  }

  #describeRound(index: number, passed: boolean, { targets, timeoutMs }: ProbeConfig): string {
    if (passed) return 'a probe was answered';
    const family = this.#parts.inventory.addresses[index]?.family;
    const asked = targets.filter(({ address }) => familyOf(address) === family);
    return `no answer from any of ${asked.length} targets in ${timeoutMs} ms`;
  }
}
