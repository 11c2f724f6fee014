/**
 * Active probes from each egress address to the configured targets. A round passes as soon as one target of the
 * address's family answers, and fails when none does in time. Pure: sending and reporting are injected, `tick` passes the
 * time. Addresses are spread over the interval, so that they are not probed at the same instant.
 */
import { randomInt } from 'node:crypto';
import { type Address, type Family, familyOf } from '../wire/address.ts';

export interface ProbeTarget {
  readonly protocol: 'icmp' | 'tcp';
  readonly address: Address;
  /** 0 for ICMP. */
  readonly port: number;
}

export interface ProbeSettings {
  readonly targets: readonly ProbeTarget[];
  /** From the start of one round of an address to the start of its next. */
  readonly intervalMs: number;
  /** How long a target may take to answer; no longer than the interval. */
  readonly timeoutMs: number;
}

export interface ProberPorts {
  /**
   * Sends one probe from the egress address. The reply must carry the token: 32 bits for the echo's identifier and
   * sequence number, or for the SYN's sequence number (which a SYN-ACK or RST acknowledges).
   */
  send(egressIndex: number, target: ProbeTarget, token: number): void;
  /** A round has ended. */
  report(egressIndex: number, passed: boolean, nowMs: number): void;
  /** Makes an unpredictable token; random except in tests. */
  newToken?(): number;
}

interface Schedule {
  readonly index: number;
  readonly targets: readonly ProbeTarget[];
  nextRoundMs: number;
  /** Tokens of the running round; empty between rounds. */
  readonly tokens: Set<number>;
  deadlineMs: number;
}

export class Prober {
  readonly #settings: ProbeSettings;
  readonly #ports: ProberPorts;
  readonly #schedules: Schedule[];
  readonly #byToken = new Map<number, Schedule>();

  /** Addresses whose family has no target are never probed, and so stay in service. */
  constructor(
    addresses: readonly { readonly index: number; readonly family: Family }[],
    settings: ProbeSettings,
    ports: ProberPorts,
    nowMs: number,
  ) {
    this.#settings = settings;
    this.#ports = ports;
    const probed = addresses
      .map(({ index, family }) => ({
        index,
        targets: settings.targets.filter((target) => familyOf(target.address) === family),
      }))
      .filter(({ targets }) => targets.length > 0);
    this.#schedules = probed.map((address, turn) => ({
      ...address,
      nextRoundMs: nowMs + (turn * settings.intervalMs) / probed.length,
      tokens: new Set(),
      deadlineMs: Number.POSITIVE_INFINITY,
    }));
  }

  /** Ends the rounds that have timed out and starts those that are due. */
  tick(nowMs: number): void {
    for (const schedule of this.#schedules) {
      if (nowMs >= schedule.deadlineMs) this.#endRound(schedule, false, nowMs);
      if (nowMs >= schedule.nextRoundMs) this.#startRound(schedule, nowMs);
    }
  }

  /** A probe was answered at the address it left from. Late, unknown and duplicate answers are ignored. */
  onReply(egressIndex: number, token: number, nowMs: number): void {
    const schedule = this.#byToken.get(token);
    if (schedule === undefined || schedule.index !== egressIndex) return;
    this.#endRound(schedule, nowMs < schedule.deadlineMs, nowMs);
  }

  #startRound(schedule: Schedule, nowMs: number): void {
    if (schedule.tokens.size > 0) this.#endRound(schedule, false, nowMs);
    const { intervalMs, timeoutMs } = this.#settings;
    // Missed rounds, say while the machine slept, are not made up for.
    const missed = Math.floor((nowMs - schedule.nextRoundMs) / intervalMs);
    schedule.nextRoundMs += (missed + 1) * intervalMs;
    schedule.deadlineMs = nowMs + timeoutMs;
    const probes = schedule.targets.map((target) => ({ target, token: this.#newToken() }));
    for (const { token } of probes) {
      schedule.tokens.add(token);
      this.#byToken.set(token, schedule);
    }
    for (const { target, token } of probes) this.#ports.send(schedule.index, target, token);
  }

  #endRound(schedule: Schedule, passed: boolean, nowMs: number): void {
    for (const token of schedule.tokens) this.#byToken.delete(token);
    schedule.tokens.clear();
    schedule.deadlineMs = Number.POSITIVE_INFINITY;
    this.#ports.report(schedule.index, passed, nowMs);
  }

  #newToken(): number {
    let token: number;
    do token = this.#ports.newToken?.() ?? randomInt(2 ** 32);
    while (this.#byToken.has(token));
    return token;
  }
}
