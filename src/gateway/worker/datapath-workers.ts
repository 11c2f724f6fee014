/**
 * All datapath workers as the control thread sees them: posts go to every worker, and their answers are combined. They
 * share nothing but the queues for stray packets; if one ends, so does the gateway.
 */
import { MessageChannel } from 'node:worker_threads';
import { Wakeup } from '../../device/waiter.ts';
import type { ClientUse } from '../../nat/client-limits.ts';
import { ownerOfPort } from '../../wire/port-share.ts';
import type { FlowQuery } from '../datapath/reports/list-flows.ts';
import type { WorkerFlow } from '../datapath/reports/worker-flow.ts';
import { type DatapathEvents, DatapathHost, type HostSettings, WORKER } from './datapath-host.ts';
import type { Handover, HandoverWay } from './handover.ts';
import type { PolicySnapshot, ToWorker } from './worker-protocol.ts';

/** What one worker is started with. */
export type EachSettings = Omit<HostSettings, 'handover'>;

export class DatapathWorkers {
  readonly #hosts: readonly DatapathHost[];
  readonly #wakeups: readonly Wakeup[];

  /** Resolves when all have their devices; rejects with what kept one from opening them. `worker` is the script. */
  static async start(
    settings: readonly EachSettings[],
    events: DatapathEvents,
    worker = WORKER,
  ): Promise<DatapathWorkers> {
    const wakeups = settings.map(() => new Wakeup());
    const handovers = linkWorkers(wakeups);
    const starting = wakeups.map((wakeup, index) => {
      const [own, handover] = [settings[index], handovers[index]];
      if (own === undefined || handover === undefined) throw new RangeError(`Cannot start worker ${index}`);
      return DatapathHost.start({ ...own, handover }, wakeup, events, worker);
    });
    const started = await Promise.allSettled(starting);
    const hosts = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const workers = new DatapathWorkers(hosts, wakeups);
    const failure = started.find((result) => result.status === 'rejected');
    if (failure === undefined) return workers;
    await workers.stop();
    throw failure.reason;
  }

  private constructor(hosts: readonly DatapathHost[], wakeups: readonly Wakeup[]) {
    this.#hosts = hosts;
    this.#wakeups = wakeups;
  }

  /**
   * Each worker it is for sees it before it looks at any packet that comes after this call returns. A probe is for the
   * worker that its answer will reach: the token's first half is the identifier of the echo.
   */
  post(message: ToWorker): void {
    if (message.type !== 'probe') {
      for (const host of this.#hosts) host.post(message);
      return;
    }
    const workers = this.#hosts.length;
    this.#hosts[ownerOfPort(message.token >>> 16, { worker: 0, workers })]?.post(message);
  }

  /** Resolves when all decide by the policy, or by a later one. */
  async activate(policy: PolicySnapshot): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.activate(policy)));
  }

  /** Of each worker the newest first. */
  async flows(query: FlowQuery): Promise<readonly WorkerFlow[]> {
    return (await Promise.all(this.#hosts.map((host) => host.flows(query)))).flat();
  }

  /** The use of at most `most` clients of each worker. */
  async clients(most: number): Promise<readonly ClientUse[]> {
    return (await Promise.all(this.#hosts.map((host) => host.clients(most)))).flat();
  }

  /** Also when some have ended by themselves. No wake-up is closed while a worker is there that might use it. */
  async stop(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.stop()));
    for (const wakeup of this.#wakeups) wakeup.close();
  }
}

/** Each worker's ends of the queues from the first worker to the others. */
function linkWorkers(wakeups: readonly Wakeup[]): Handover[] {
  const ways: HandoverWay[] = [];
  const others = wakeups.slice(1).map((wakeup, index): Handover => {
    const { port1, port2 } = new MessageChannel();
    const underWay = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    ways.push({ worker: index + 1, port: port1, underWay, wakeup: wakeup.descriptor });
    return { outgoing: [], incoming: { port: port2, underWay } };
  });
  return [{ outgoing: ways, incoming: undefined }, ...others];
}
