/** What became of the packets of the last send, by their position in the list that was sent. */
import { constants } from 'node:os';

import type { DropReason } from '../report/drop-reason.ts';
import { LIST_CAPACITY, type SendList } from './packet-batch.ts';

const { EMSGSIZE, ENOBUFS } = constants.errno;

export class SendFailures {
  /** 0 for a packet that was taken, else its errno. Only the positions of the last list count. */
  readonly errnos: Uint16Array<ArrayBuffer>;
  readonly #reason: DropReason;

  /** `reason` is how a loss without a specific reason is counted. */
  constructor(reason: DropReason, capacity: number = LIST_CAPACITY) {
    this.#reason = reason;
    this.errnos = new Uint16Array(capacity);
  }

  /** Throws RangeError for a list that is longer than any batch. */
  admit(list: SendList): void {
    if (list.count > this.errnos.length)
      throw new RangeError(
        `Cannot send ${list.count} packets at once: at most ${this.errnos.length} are taken`,
      );
  }

  failed(position: number): boolean {
    return this.errnos[position] !== 0;
  }

  /** Whether the packet was larger than the uplink's MTU: its sender is told (RFC 1191, RFC 8201). */
  tooBig(position: number): boolean {
    return this.errnos[position] === EMSGSIZE;
  }

  /**
   * A packet socket returns ENOBUFS when nftables' egress hook refuses a packet, and also when the queueing discipline is
   * full. It is taken for the graver of the two, so that a packet which nearly leaked is never mistaken for congestion.
   */
  reason(position: number): DropReason {
    const refusable = this.#reason === 'uplink-send-failed';
    return refusable && this.errnos[position] === ENOBUFS ? 'guard-refused' : this.#reason;
  }
}
