/**
 * The control thread's side of the DNS front: opens the sockets, starts the thread, lets the resolver answer what the front
 * cannot, and sends those replies.
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
  readonly #thread: WorkerThread<ToFront, Exclude<FromFront, Ready>>;
  readonly #turns = new QueryTurns();

  /** Resolves when queries are answered. Throws GatewayError EDEVICE; then no address stays bound. `worker` is the script. */
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

  /** The port of each address, in their order. */
  get ports(): number[] {
    return this.#sockets.map(({ port }) => port);
  }

  /** Also when the thread has ended by itself. */
  async stop(): Promise<void> {
    await this.#thread.stop();
    this.#close();
  }

  /** No thread uses them any more. */
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
    // Messages of a port are read one after the other for as long as they come, and nothing else meanwhile.
    await this.#turns.next(client);
    state.addWaiting(client, -1);
    if (this.#thread.isStopping) return;
    // Taken before anything is looked at: what changes meanwhile makes the answer one of an earlier generation.
    const { generation } = state;
    const reply = await answer({ bytes, client, transport: 'udp' });
    if (reply === undefined || this.#thread.isStopping) return;
    socket.send(reply.bytes, peer);
    if (reply.reuse === undefined) return;
    this.#thread.postUnwoken({
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
