/**
 * DNS over TCP on one address (RFC 7766), with limits on connections in total and per client. At the total limit, the
 * connection that has been idle for longest is closed to make room (section 6.2.3).
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type Address, familyOf, formatAddress, parseAddress } from '../../wire/address.ts';
import type { ResolverCounters } from '../resolver-counters.ts';
import type { ResolverLimits } from '../resolver-options.ts';
import type { Admission } from './admission.ts';
import { ClientLoad } from './client-load.ts';
import { QueryTurns } from './query-turns.ts';
import { TcpConnection } from './tcp-connection.ts';

export interface TcpServiceOptions {
  readonly admission: Admission;
  readonly accepts: (client: Address) => boolean;
  readonly counters: ResolverCounters;
  readonly limits: Pick<ResolverLimits, 'tcpConnections' | 'tcpConnectionsPerClient' | 'tcpIdleMs'>;
}

export class TcpService {
  readonly #options: TcpServiceOptions;
  readonly #server: Server;
  /** In order of their last query, oldest first. */
  readonly #connections = new Set<TcpConnection>();
  readonly #load: ClientLoad;
  readonly #turns = new QueryTurns();

  constructor(options: TcpServiceOptions) {
    this.#options = options;
    this.#load = new ClientLoad(options.limits.tcpConnectionsPerClient);
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** Binds the address and resolves to the port. Rejects if the address cannot be bound. */
  async listen(address: Address, port: number): Promise<number> {
    const host = formatAddress(address);
    this.#server.listen({ host, port, ipv6Only: familyOf(address) === 6, exclusive: true });
    await once(this.#server, 'listening');
    // Later errors are about single connections that could not be accepted.
    this.#server.on('error', () => undefined);
    const bound = this.#server.address();
    return bound !== null && typeof bound === 'object' ? bound.port : port;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const connection of this.#connections) connection.close();
    await closed;
  }

  #accept(socket: Socket): void {
    const { accepts, admission, counters, limits } = this.#options;
    const client = parseAddress(socket.remoteAddress ?? '');
    if (client === undefined || !accepts(client) || !this.#enter(client)) {
      counters.tcpConnectionsRefused++;
      socket.destroy();
      return;
    }
    counters.tcpConnections++;
    const onQuery = () => {
      this.#connections.delete(connection);
      this.#connections.add(connection);
    };
    const { tcpIdleMs: idleMs } = limits;
    const connection = new TcpConnection(socket, client, { admission, turns: this.#turns, idleMs, onQuery });
    this.#connections.add(connection);
    socket.on('close', () => {
      this.#connections.delete(connection);
      this.#load.leave(client);
    });
  }

  #enter(client: Address): boolean {
    if (!this.#load.enter(client)) return false;
    const hasRoom = this.#makeRoom();
    if (!hasRoom) this.#load.leave(client);
    return hasRoom;
  }

  /** False if the limit of connections is reached and none of them is idle. */
  #makeRoom(): boolean {
    if (this.#connections.size < this.#options.limits.tcpConnections) return true;
    for (const connection of this.#connections) {
      if (!connection.isIdle) continue;
      this.#options.counters.tcpConnectionsShed++;
      // Removed here, because the socket emits `close` later.
      this.#connections.delete(connection);
      connection.close();
      return true;
    }
    return false;
  }
}
