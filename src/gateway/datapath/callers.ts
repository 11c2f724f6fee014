/**
 * Packets from the internet to mappings that anybody may send to (endpoint-independent filtering, rows U9 and G7). A caller
 * is judged once, when it first calls; then it is remembered, and let in like an answer. Nobody is told of a refusal.
 */
import type { Caller, OpenMappings } from '../../nat/open-mappings.ts';
import type { DropReason } from '../../report/drop-reason.ts';
import type { PacketView } from '../../wire/packet-view.ts';
import type { Gatekeeper } from './admission/gatekeeper.ts';

export interface CallersParts {
  readonly openMappings: OpenMappings;
  readonly gatekeeper: Pick<Gatekeeper, 'refuseCaller'>;
}

export class Callers {
  readonly #parts: CallersParts;

  constructor(parts: CallersParts) {
    this.#parts = parts;
  }

  /** Who sends a packet that no flow expects; why it may not, or undefined when its mapping is not open. */
  find(packet: PacketView, nowMs: number): Caller | DropReason | undefined {
    const { openMappings, gatekeeper } = this.#parts;
    const mapping = openMappings.find(packet);
    if (mapping === undefined) return undefined;
    const known = openMappings.callerOf(mapping, packet);
    if (known !== undefined) return known;
    if (!mapping.limit.take(nowMs)) return 'caller-rate-limited';
    const caller = openMappings.describe(mapping, packet);
    const refused = gatekeeper.refuseCaller(caller);
    if (refused !== undefined) return refused;
    openMappings.admit(caller);
    return caller;
  }
}
