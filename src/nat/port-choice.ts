/**
 * Which external port a new flow uses: the one its inside endpoint already has, else its own if its rule asks for that, else a
 * free one, else a shared one.
 */
import type { DropReason } from '../report/drop-reason.ts';
import type { PacketView } from '../wire/packet-view.ts';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/protocol.ts';
import type { ClientLimits } from './client-limits.ts';
import type { FlowPlan } from './flow-plan.ts';
import type { FlowTable } from './flow-table.ts';
import type { PortPools } from './port-pools.ts';

export class PortChoice {
  readonly #flows: FlowTable;
  readonly #ports: PortPools;
  readonly #limits: ClientLimits;

  constructor(flows: FlowTable, ports: PortPools, limits: ClientLimits) {
    this.#flows = flows;
    this.#ports = ports;
    this.#limits = limits;
  }

  /**
   * The port that the inside endpoint already has at this egress address, or -1. When two dialled destinations are the same
   * real endpoint, nothing outside would tell their flows apart, so the second gets a port of its own.
   */
  mapped(packet: PacketView, plan: FlowPlan): number {
    const suits = (port: number) => this.#isUnused(packet, plan, port);
    if (plan.port === -1) return this.#flows.findMapping(packet, plan.outside.subarray(4), suits);
    return suits(plan.port) ? plan.port : -1;
  }

  /**
   * Takes a port for an inside endpoint that has none suitable; returns it, or why there is none. `now` is in whole seconds.
   * When few ports are left, TCP flows to different destinations share one (RFC 7857 section 3, row P4).
   */
  take(packet: PacketView, plan: FlowPlan, now: number): number | DropReason {
    const { outside, egressIndex } = plan;
    const refused = this.#limits.refusePort(packet.addresses, egressIndex);
    if (refused !== undefined) return refused;
    const pool = this.#ports.poolOf(egressIndex, outside, 4, packet.protocol);
    if (plan.keepsPort && hasPort(packet) && pool.takeExactly(packet.sourcePort, now))
      return packet.sourcePort;
    if (packet.protocol === PROTOCOL_TCP && pool.isScarce(now)) {
      const shared = pool.share((port) => this.#isUnused(packet, plan, port));
      if (shared !== -1) return shared;
    }
    const port = pool.take(now);
    return port === -1 ? 'ports-exhausted' : port;
  }

  /** Whether no flow comes from this port to the plan's destination. */
  #isUnused({ destinationPort, protocol, family }: PacketView, { outside }: FlowPlan, port: number): boolean {
    return this.#flows.findOutsideKey(outside, port, destinationPort, protocol, family) === -1;
  }
}

/** An echo has an identifier, which nobody needs to keep. */
function hasPort({ protocol }: PacketView): boolean {
  return protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP;
}
