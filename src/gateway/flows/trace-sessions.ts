/** Runs traces of decisions and packets: tells the workers what to report, and makes their reports readable. */
import type { EgressInventory } from '../../egress/egress-inventory.ts';
import type { IdentityDirectory } from '../../identity/identity-directory.ts';
import { GatewayError } from '../../report/errors.ts';
import type { Trace, TraceListener, TraceRequest } from '../control/trace-record.ts';
import { CLIENTS_SIDE, type TraceBatch, type TraceSettings } from '../datapath/reports/trace-event.ts';
import { describeDecision } from '../views/describe-decision.ts';
import type { ToWorker } from '../worker/worker-protocol.ts';
import { toTraceQuery } from './flow-query.ts';

export interface TraceSessionsParts {
  readonly inventory: EgressInventory;
  readonly directory: () => IdentityDirectory;
  readonly uplinks: readonly string[];
  readonly post: (message: ToWorker) => void;
}

export class TraceSessions {
  readonly #parts: TraceSessionsParts;
  #current: { readonly settings: TraceSettings; readonly listener: TraceListener } | undefined;
  #traces = 0;

  constructor(parts: TraceSessionsParts) {
    this.#parts = parts;
  }

  /** Throws GatewayError EREFUSED while another trace runs: each costs the workers time. */
  begin(request: TraceRequest, listener: TraceListener): Trace {
    if (this.#current !== undefined)
      throw new GatewayError(
        'EREFUSED',
        'Cannot trace: another trace is running, and there is one at a time',
      );
    const settings: TraceSettings = {
      trace: ++this.#traces,
      filter: toTraceQuery(request),
      packets: request.packets,
      underWay: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
    };
    this.#current = { settings, listener };
    this.#parts.post({ type: 'trace', trace: settings });
    return { uplinks: this.#parts.uplinks, stop: () => this.#stop(settings) };
  }

  /** What a worker has seen. */
  take({ trace, events, lost }: TraceBatch): void {
    if (trace !== this.#current?.settings.trace) return;
    const { settings, listener } = this.#current;
    const { inventory, directory } = this.#parts;
    for (const event of events) {
      if (event.type === 'decision')
        listener.onDecision(describeDecision(event, { inventory, directory: directory() }));
      else {
        const { wallMs, side, bytes, isSent, comment } = event;
        listener.onPacket({
          atMs: wallMs,
          uplink: side === CLIENTS_SIDE ? null : side,
          bytes,
          isSent,
          comment,
        });
      }
    }
    if (lost > 0) listener.onLost(lost);
    Atomics.sub(new Int32Array(settings.underWay), 0, 1);
  }

  /** The gateway ends. */
  close(): void {
    const { listener } = this.#current ?? {};
    this.#current = undefined;
    listener?.onEnd();
  }

  #stop(settings: TraceSettings): void {
    if (this.#current?.settings !== settings) return;
    this.#current = undefined;
    this.#parts.post({ type: 'trace', trace: undefined });
  }
}
