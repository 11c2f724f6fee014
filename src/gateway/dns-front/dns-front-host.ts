/**
 * The control thread's side of the DNS front: opens the sockets, starts the thread, has the resolver answer what the front
 * cannot, and sends these replies. A front that dies ends the gateway, as a datapath worker does.
 */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { peerAddress } from '../../device/datagram-batch.ts';
import { UdpSocket } from '../../device/udp-socket.ts';
import { Wakeup } from '../../device/waiter.ts';
import type { ReceivedQuery, Reply } from '../../resolver/answer-query.ts';
import type { Address, Prefix } from '../../wire/address.ts';
import type { FromFront, FrontQuery, FrontSettings, ToFront } from './front-protocol.ts';
import type { FrontState } from './front-state.ts';

export interface DnsFrontOptions {
  /** The only addresses served. */
  readonly listen: readonly Address[];
  /** Default 53; 0 takes a free one of each address (for tests). */
  readonly port?: number;
  readonly clients: readonly Prefix[];
  readonly state: FrontState;
  readonly leaseUse: SharedArrayBuffer;
  /** Never rejects. */
  readonly answer: (query: ReceivedQuery) => Promise<Reply | undefined>;
  /** The thread ended without having been told to. */
  readonly onFailure: (error: Error) => void;
}

const DNS_PORT = 53;
const WORKER = new URL('./front-worker.ts', import.meta.url);

export class DnsFrontHost {
  readonly #options: DnsFrontOptions;
  readonly #sockets: readonly UdpSocket[];
  readonly #wakeup = new Wakeup();
  readonly #port: MessagePort;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #isStopping = false;

  /** Resolves when queries are answered. Throws GatewayError EDEVICE; then no address stays bound. `worker` is the script. */
  static async start(options: DnsFrontOptions, worker = WORKER): Promise<DnsFrontHost> {
    const host = new DnsFrontHost(options, openSockets(options), worker);
    try {
      await host.#hearReady();
    } catch (error) {
      await host.stop();
      throw error;
    }
    host.#watch();
    return host;
  }

  private constructor(options: DnsFrontOptions, sockets: readonly UdpSocket[], worker: URL) {
    this.#options = options;
    this.#sockets = sockets;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const { clients, state, leaseUse } = options;
    const workerData: FrontSettings = {
      port: port2,
      wakeup: this.#wakeup.descriptor,
      sockets: sockets.map(({ descriptor, family }) => ({ descriptor, family })),
      clients,
      state: state.buffer,
      leaseUse,
    };
    this.#worker = new Worker(worker, { workerData, transferList: [port2], name: 'dns-front' });
    this.#ended = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
  }

  /** The port of each address, in their order. */
  get ports(): number[] {
    return this.#sockets.map(({ port }) => port);
  }

  /** Also when the thread has ended by itself. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#post({ type: 'stop' });
    this.#wakeup.wake();
    await this.#ended;
    this.#port.close();
    this.#wakeup.close();
    for (const socket of this.#sockets) socket.close();
  }

  #post(message: ToFront): void {
    this.#port.postMessage(message);
  }

  /** The first word of a thread, or its last. */
  #hearReady(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#worker.once('error', reject);
      this.#worker.once('exit', (code) => reject(endedWith(code)));
      this.#port.on('message', (message: FromFront) => {
        if (message.type === 'ready') resolve();
        else this.#take(message.queries);
      });
    });
  }

  /** A thread that throws ends as well: the first of the two is told. */
  #watch(): void {
    let isTold = false;
    const tell = (error: Error) => {
      if (!isTold && !this.#isStopping) this.#options.onFailure(error);
      isTold = true;
    };
    this.#worker.on('error', (error) => tell(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', (code) => tell(endedWith(code)));
  }

  #take(queries: readonly FrontQuery[]): void {
    this.#options.state.addWaiting(-queries.length);
    for (const query of queries) void this.#serve(query);
  }

  async #serve({ socket: index, peer, bytes }: FrontQuery): Promise<void> {
    const { state, answer } = this.#options;
    const socket = this.#sockets[index];
    if (socket === undefined || this.#isStopping) return;
    // Taken before anything is looked at: what changes meanwhile makes the answer one of an earlier generation.
    const { generation } = state;
    const client = peerAddress(peer, socket.family);
    const reply = await answer({ bytes, client, transport: 'udp' });
    if (reply === undefined || this.#isStopping) return;
    socket.send(reply.bytes, peer);
    if (reply.reuse === undefined) return;
    this.#post({
      type: 'keep',
      answer: { query: bytes, reply: reply.bytes, ...reply.reuse },
      generation,
    });
  }
}

/** All or none. */
function openSockets({ listen, port = DNS_PORT }: DnsFrontOptions): UdpSocket[] {
  const sockets: UdpSocket[] = [];
  try {
    for (const address of listen) sockets.push(new UdpSocket(address, port));
    return sockets;
  } catch (error) {
    for (const socket of sockets) socket.close();
    throw error;
  }
}

function endedWith(code: number): Error {
  return new Error(`Cannot go on: the DNS front ended with status ${code}`);
}
