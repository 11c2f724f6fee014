/** The control thread's side of a datapath worker: posts to it, queries it, and passes on what it reports. */
import type { Wakeup } from '../../device/waiter.ts';
import type { ClientUse } from '../../nat/client-limits.ts';
import { GatewayError } from '../../report/errors.ts';
import type { FlowBatch } from '../datapath/reports/flow-recorder.ts';
import type { FlowQuery } from '../datapath/reports/list-flows.ts';
import type { TraceBatch } from '../datapath/reports/trace-event.ts';
import type { WorkerFlow } from '../datapath/reports/worker-flow.ts';
import { type Ready, type ThreadSettings, WorkerThread } from '../worker-thread.ts';
import type { FromWorker, PolicySnapshot, ToWorker, WorkerSettings } from './worker-protocol.ts';

export interface DatapathEvents {
  readonly onProbeReply: (egressIndex: number, token: number) => void;
  readonly onFlowEvents: (batch: FlowBatch) => void;
  readonly onTrace: (batch: TraceBatch) => void;
  /** The worker ended without having been told to. */
  readonly onFailure: (error: Error) => void;
}

const ANSWER_TIMEOUT_MS = 5_000;
/** Millions of entries in lists, on a machine with other things to do. */
const POLICY_TIMEOUT_MS = 120_000;
export const WORKER = new URL('./datapath-worker.ts', import.meta.url);

type Answer = Extract<FromWorker, { request: number }>;
export type HostSettings = Omit<WorkerSettings, keyof ThreadSettings>;
type Told = Exclude<FromWorker, Ready>;

export class DatapathHost {
  readonly #thread: WorkerThread<ToWorker, Told>;
  readonly #events: DatapathEvents;
  readonly #questions = new Map<number, Question>();
  #requests = 0;
  #hasEnded = false;

  /**
   * Resolves when the worker has opened its devices; rejects if it cannot. The caller closes `wakeup`, after the worker has
   * ended. `worker` is the script.
   */
  static async start(
    settings: HostSettings,
    wakeup: Wakeup,
    events: DatapathEvents,
    worker = WORKER,
  ): Promise<DatapathHost> {
    const host = new DatapathHost(settings, wakeup, events, worker);
    await host.#thread.begin();
    return host;
  }

  private constructor(settings: HostSettings, wakeup: Wakeup, events: DatapathEvents, script: URL) {
    this.#events = events;
    const { outgoing, incoming } = settings.handover;
    this.#thread = new WorkerThread({
      script,
      name: `datapath ${settings.share.worker}`,
      settings,
      transfer: [...outgoing, ...(incoming === undefined ? [] : [incoming])].map(({ port }) => port),
      wakeup,
      onMessage: (message) => this.#take(message),
      onFailure: (error) => {
        this.#giveUp();
        events.onFailure(error);
      },
    });
  }

  /** The worker sees it before it looks at any packet that comes after this call returns. */
  post(message: ToWorker): void {
    this.#thread.post(message);
  }

  /** Resolves when the worker decides by the policy, or by a later one. Until then it goes on with the old one. */
  async activate(policy: PolicySnapshot): Promise<void> {
    await this.#ask((request) => ({ type: 'policy', request, policy }), POLICY_TIMEOUT_MS);
  }

  /** The newest first. */
  async flows(query: FlowQuery): Promise<readonly WorkerFlow[]> {
    const answer = await this.#ask((request) => ({ type: 'list-flows', request, query }));
    return answer.type === 'flows' ? answer.flows : [];
  }

  /** The use of at most `most` clients, those with most flows first. */
  async clients(most: number): Promise<readonly ClientUse[]> {
    const answer = await this.#ask((request) => ({ type: 'list-clients', request, most }));
    return answer.type === 'clients' ? answer.clients : [];
  }

  /** Also when the worker has ended by itself. */
  async stop(): Promise<void> {
    await this.#thread.stop();
    this.#giveUp();
  }

  async #ask(make: (request: number) => ToWorker, timeoutMs = ANSWER_TIMEOUT_MS): Promise<Answer> {
    if (this.#hasEnded) throw unanswered('it has ended');
    const request = ++this.#requests;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#questions.set(request, { resolve, reject });
    const timer = setTimeout(
      () => reject(unanswered(`it did not answer in ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    this.post(make(request));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#questions.delete(request);
    }
  }

  /** Rejects what is still waiting, since the worker can no longer answer. */
  #giveUp(): void {
    this.#hasEnded = true;
    for (const { reject } of this.#questions.values()) reject(unanswered('it has ended'));
  }

  #take(message: Told): void {
    if (message.type === 'probe-reply') {
      this.#events.onProbeReply(message.egressIndex, message.token);
      return;
    }
    if (message.type === 'flow-events') {
      this.#events.onFlowEvents(message.batch);
      return;
    }
    if (message.type === 'trace') {
      this.#events.onTrace(message.batch);
      return;
    }
    this.#questions.get(message.request)?.resolve(message);
  }
}

interface Question {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

function unanswered(why: string): GatewayError {
  return new GatewayError('EDEVICE', `Cannot ask the datapath worker: ${why}`);
}
