/**
 * The control thread's side of the DNS front: opens the sockets, starts the thread, has the resolver answer the queries that the
 * front cannot, and sends the replies.
 */
import { peerAddress } from '../../device/datagram-batch.ts';
import { UdpSocket } from '../../device/udp-socket.ts';
import { Wakeup } from '../../device/waiter.ts';
import type { ReceivedQuery, Reply } from '../../resolver/service/answer-query.ts';
import { QueryTurns } from '../../resolver/service/query-turns.ts';
import type { Address, Prefix } from '../../wire/address.ts';
import { type Ready, type ThreadSettings, WorkerThread } from '../worker-thread.ts';
import type { FromFront, FrontQuery, FrontSettings, ToFront } from './front-protocol.ts';
import type { FrontState } from './front-state.ts';

export interface DnsFrontOptions {
  /** The only addresses served. */
  readonly listen: readonly Address[];
  /** Default: 53. 0 picks a free port for each address (for tests). */
  readonly port?: number;
  readonly clients: readonly Prefix[];
  readonly state: FrontState;
  readonly leaseUse: SharedArrayBuffer;
  /** Never rejects. */
  readonly answer: (query: ReceivedQuery) => Promise<Reply | undefined>;
  /** Called if the thread ends unexpectedly. */
  readonly onFailure: (error: Error) => void;
}

const DNS_PORT = 53;
const WORKER = new URL('./front-worker.ts', import.meta.url);

export class DnsFrontHost {
  readonly #options: DnsFrontOptions;
  readonly #sockets: readonly UdpSocket[];
  readonly #wakeup = new Wakeup();
  readonly #thread: WorkerThread<ToFront, Exclude<FromFront, Ready>>;
  readonly #turns = new QueryTurns();

  /** Resolves when the front is serving. Throws GatewayError EDEVICE, and then no address stays bound. `worker` is the script. */
  static async start(options: DnsFrontOptions, worker = WORKER): Promise<DnsFrontHost> {
    const host = new DnsFrontHost(options, openSockets(options), worker);
    try {
      await host.#thread.begin();
    } catch (error) {
      host.#close();
      throw error;
    }
    return host;
  }

  private constructor(options: DnsFrontOptions, sockets: readonly UdpSocket[], script: URL) {
    this.#options = options;
    this.#sockets = sockets;
    const { clients, state, leaseUse, onFailure } = options;
    const settings: Omit<FrontSettings, keyof ThreadSettings> = {
      sockets: sockets.map(({ descriptor, family }) => ({ descriptor, family })),
      clients,
      state: state.buffer,
      leaseUse,
    };
    this.#thread = new WorkerThread({
      script,
      name: 'dns-front',
      settings,
      wakeup: this.#wakeup,
      onMessage: ({ queries }) => this.#take(queries),
      onFailure,
    });
  }

  /** The ports, in the order of the addresses. */
  get ports(): number[] {
    return this.#sockets.map(({ port }) => port);
  }

  /** May be called even if the thread has ended unexpectedly. */
  async stop(): Promise<void> {
    await this.#thread.stop();
    this.#close();
  }

  /** To be called only when the thread has ended. */
  #close(): void {
    this.#wakeup.close();
    for (const socket of this.#sockets) socket.close();
  }

  #take(queries: readonly FrontQuery[]): void {
    for (const query of queries) void this.#serve(query);
  }

  async #serve({ socket: index, peer, bytes }: FrontQuery): Promise<void> {
    const { state, answer } = this.#options;
    const socket = this.#sockets[index];
    if (socket === undefined) return;
    const client = peerAddress(peer, socket.family);
    // Node delivers all messages of a port before other events, so queries must be deferred here.
    await this.#turns.next(client);
    state.addWaiting(client, -1);
    if (this.#thread.isStopping) return;
    // Read before answering: a change meanwhile makes this an answer of an earlier generation.
    const { generation } = state;
    const reply = await answer({ bytes, client, transport: 'udp' });
    if (reply === undefined || this.#thread.isStopping) return;
    socket.send(reply.bytes, peer);
    if (reply.reuse === undefined) return;
    this.#thread.postUnwoken({
      type: 'cache',
      answer: { query: bytes, reply: reply.bytes, ...reply.reuse },
      generation,
    });
  }
}

/** Opens all sockets or none. Throws GatewayError EDEVICE. */
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
