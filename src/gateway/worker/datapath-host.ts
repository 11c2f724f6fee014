/**
 * The control thread's side of a datapath worker: starts it, posts to it with a wake-up, asks it, and hears when it
 * ends. A worker that dies ends the gateway: the guard holds, and a supervisor starts it anew.
 */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Wakeup } from '../../device/waiter.ts';
import { GatewayError } from '../../report/errors.ts';
import type { FromWorker, PortUse, ToWorker, WorkerFlow, WorkerSettings } from './worker-protocol.ts';

export interface DatapathEvents {
  readonly onProbeReply: (egressIndex: number, token: number) => void;
  /** The worker ended without having been told to. */
  readonly onFailure: (error: Error) => void;
}

const ANSWER_TIMEOUT_MS = 5_000;
export const WORKER = new URL('./datapath-worker.ts', import.meta.url);

type Answer = Extract<FromWorker, { request: number }>;
export type HostSettings = Omit<WorkerSettings, 'port' | 'wakeup'>;

export class DatapathHost {
  readonly #wakeup: Wakeup;
  readonly #port: MessagePort;
  readonly #worker: Worker;
  readonly #events: DatapathEvents;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #ended: Promise<void>;
  #requests = 0;
  #isStopping = false;

  /**
   * Resolves when the worker has its devices; rejects with what kept it from opening them. `wakeup` is closed by whoever
   * made it, after the worker has ended. `worker` is the script.
   */
  static async start(
    settings: HostSettings,
    wakeup: Wakeup,
    events: DatapathEvents,
    worker = WORKER,
  ): Promise<DatapathHost> {
    const host = new DatapathHost(settings, wakeup, events, worker);
    try {
      await host.#hearReady();
    } catch (error) {
      await host.stop();
      throw error;
    }
    host.#watch();
    return host;
  }

  private constructor(settings: HostSettings, wakeup: Wakeup, events: DatapathEvents, worker: URL) {
    const { port1, port2 } = new MessageChannel();
    this.#wakeup = wakeup;
    this.#events = events;
    this.#port = port1;
    const workerData: WorkerSettings = { ...settings, port: port2, wakeup: this.#wakeup.descriptor };
    const { outgoing, incoming } = settings.handover;
    const handoverPorts = [...outgoing, ...(incoming === undefined ? [] : [incoming])].map(
      ({ port }) => port,
    );
    this.#worker = new Worker(worker, {
      workerData,
      transferList: [port2, ...handoverPorts],
      name: `datapath ${settings.share.worker}`,
    });
    this.#ended = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
  }

  /** The worker sees it before it looks at any packet that comes after this call returns. */
  post(message: ToWorker): void {
    this.#port.postMessage(message);
    this.#wakeup.wake();
  }

  async flows(): Promise<readonly WorkerFlow[]> {
    const answer = await this.#ask((request) => ({ type: 'list-flows', request }));
    return answer.type === 'flows' ? answer.flows : [];
  }

  /** In the order of the egress inventory. */
  async ports(): Promise<readonly PortUse[]> {
    const answer = await this.#ask((request) => ({ type: 'list-ports', request }));
    return answer.type === 'ports' ? answer.ports : [];
  }

  /** Also when the worker has ended by itself. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.post({ type: 'stop' });
    await this.#ended;
    this.#port.close();
  }

  /** The first word of a worker, or its last. */
  #hearReady(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#worker.once('error', reject);
      this.#worker.once('exit', (code) => reject(endedWith(code)));
      this.#port.on('message', (message: FromWorker) => {
        if (message.type === 'ready') resolve();
        else this.#take(message);
      });
    });
  }

  /** A worker that throws ends as well: the first of the two is told. */
  #watch(): void {
    let isTold = false;
    const tell = (error: Error) => {
      if (!isTold && !this.#isStopping) this.#events.onFailure(error);
      isTold = true;
    };
    this.#worker.on('error', (error) => tell(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', (code) => tell(endedWith(code)));
  }

  async #ask(make: (request: number) => ToWorker): Promise<Answer> {
    const request = ++this.#requests;
    const answer = new Promise<Answer>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(request);
        reject(new GatewayError('EDEVICE', 'Cannot ask the datapath worker: it did not answer in 5 s'));
      }, ANSWER_TIMEOUT_MS);
      this.#waiting.set(request, (value) => {
        clearTimeout(timer);
        resolve(value);
      });
    });
    this.post(make(request));
    return answer;
  }

  #take(message: Exclude<FromWorker, { type: 'ready' }>): void {
    if (message.type === 'probe-reply') {
      this.#events.onProbeReply(message.egressIndex, message.token);
      return;
    }
    this.#waiting.get(message.request)?.(message);
    this.#waiting.delete(message.request);
  }
}

function endedWith(code: number): Error {
  return new Error(`Cannot go on: the datapath worker ended with status ${code}`);
}
