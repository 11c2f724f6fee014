/**
 * One of the gateway's threads, as the control thread handles it: starts it, posts to it over a port of its own, and watches
 * it until it ends. The thread sleeps in the kernel, not in its event loop, so messages are read after a wake-up.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Wakeup } from '../device/waiter.ts';

/** What each is started with, beside settings of its own. */
export interface ThreadSettings {
  readonly port: MessagePort;
  /** Descriptor of the `Wakeup`. */
  readonly wakeup: number;
}

export interface ThreadMessage {
  readonly type: string;
}

/** The first word of each. */
export interface Ready extends ThreadMessage {
  readonly type: 'ready';
}

/** After which it ends. */
export interface Stop extends ThreadMessage {
  readonly type: 'stop';
}

export interface WorkerThreadOptions<From> {
  readonly script: URL;
  readonly name: string;
  /** Goes into `workerData` with `ThreadSettings`. */
  readonly settings: object;
  /** Ports among the settings. */
  readonly transfer?: readonly MessagePort[];
  /** Whoever made it closes it, when the thread has ended. */
  readonly wakeup: Wakeup;
  readonly onMessage: (message: From) => void;
  /** It ended after it had been ready and without having been told to; called once. */
  readonly onFailure: (error: Error) => void;
}

/** `To` and `From` are what is posted to it and by it, `Stop` and `Ready` apart. */
export class WorkerThread<To extends ThreadMessage, From extends ThreadMessage> {
  readonly #options: WorkerThreadOptions<From>;
  readonly #port: MessagePort;
  readonly #ended: Promise<void>;
  readonly #beginning = Promise.withResolvers<void>();
  #isReady = false;
  #hasFailed = false;
  #isStopping = false;

  constructor(options: WorkerThreadOptions<From>) {
    this.#options = options;
    const { script, name, settings, transfer = [], wakeup } = options;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const thread: ThreadSettings = { port: port2, wakeup: wakeup.descriptor };
    const worker = new Worker(script, {
      workerData: { ...settings, ...thread },
      transferList: [port2, ...transfer],
      name,
    });
    this.#ended = new Promise((resolve) => worker.once('exit', () => resolve()));
    // One that throws ends as well: the first of the two is told.
    worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', (code) =>
      this.#fail(new Error(`Cannot go on: thread '${name}' ended with status ${code}`)),
    );
    this.#port.on('message', (message: From | Ready) => this.#take(message));
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Resolves when the thread is ready; rejects with what ended it before that, when nothing is left of it. */
  async begin(): Promise<void> {
    try {
      await this.#beginning.promise;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** It is read before anything that comes after this call returns. */
  post(message: To | Stop): void {
    this.postUnwoken(message);
    this.#options.wakeup.wake();
  }

  /** It is read when the thread wakes up next, for whatever reason. */
  postUnwoken(message: To | Stop): void {
    this.#port.postMessage(message);
  }

  /** Resolves when the thread has ended, also when it has done so by itself. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.post({ type: 'stop' });
    await this.#ended;
    // Its last words may not have been taken yet.
    for (
      let last = receiveMessageOnPort(this.#port);
      last !== undefined;
      last = receiveMessageOnPort(this.#port)
    )
      this.#take(last.message);
    this.#port.close();
  }

  #take(message: From | Ready): void {
    if (!isReady(message)) {
      this.#options.onMessage(message);
      return;
    }
    this.#isReady = true;
    this.#beginning.resolve();
  }

  #fail(error: Error): void {
    if (!this.#isReady) this.#beginning.reject(error);
    else if (!this.#hasFailed && !this.#isStopping) this.#options.onFailure(error);
    this.#hasFailed = true;
  }
}

function isReady(message: ThreadMessage): message is Ready {
  return message.type === 'ready';
}
