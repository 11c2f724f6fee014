/** The path out of each flow, as its record keeps it: egress address, that address's uplink, next hop. */
import { RECORD_WORDS, ROUTE } from '../../nat/flow-record.ts';
import type { FlowTable } from '../../nat/flow-table.ts';
import type { UplinkPort } from './uplink/uplink-port.ts';

export class FlowRoutes {
  readonly #flows: Pick<FlowTable, 'words' | 'isLive' | 'highestId'>;
  /** By the egress address's index. */
  readonly #uplinks: readonly UplinkPort[];

  constructor(flows: Pick<FlowTable, 'words' | 'isLive' | 'highestId'>, uplinks: readonly UplinkPort[]) {
    this.#flows = flows;
    this.#uplinks = uplinks;
  }

  /** Index of the flow's egress address in the inventory. */
  egressOf(id: number): number {
    return (this.#flows.words[id * RECORD_WORDS + ROUTE] ?? 0) & 0xffff;
  }

  uplinkOf(id: number): UplinkPort | undefined {
    return this.#uplinks[this.egressOf(id)];
  }

  /** Number of the flow's next hop at its uplink. */
  hopOf(id: number): number {
    return (this.#flows.words[id * RECORD_WORDS + ROUTE] ?? 0) >>> 16;
  }

  /** Recycles the numbers of next hops that no flow over this uplink uses. */
  forgetUnusedHops(uplink: UplinkPort): void {
    const used = new Set<number>();
    for (let id = 0; id < this.#flows.highestId; id++)
      if (this.#flows.isLive(id) && this.uplinkOf(id) === uplink) used.add(this.hopOf(id));
    uplink.hops.forget((hop) => used.has(hop));
  }
}
