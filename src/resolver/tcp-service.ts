/** The DNS service over TCP on one address (RFC 7766), with a bound on connections, in all and for each client. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type Address, familyOf, formatAddress, parseAddress } from '../wire/address.ts';
import type { Admission } from './admission.ts';
import { ClientLoad } from './client-load.ts';
import type { ResolverCounters } from './resolver-counters.ts';
import type { ResolverLimits } from './resolver-options.ts';
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
  readonly #sockets = new Set<Socket>();
  readonly #load: ClientLoad;

  constructor(options: TcpServiceOptions) {
    this.#options = options;
    this.#load = new ClientLoad(options.limits.tcpConnectionsPerClient);
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** Binds the address; rejects when that fails. Resolves to the port. */
  async listen(address: Address, port: number): Promise<number> {
    const host = formatAddress(address);
    this.#server.listen({ host, port, ipv6Only: familyOf(address) === 6, exclusive: true });
    await once(this.#server, 'listening');
    // Later errors concern single connections that could not be accepted.
    this.#server.on('error', () => undefined);
    const bound = this.#server.address();
    return bound !== null && typeof bound === 'object' ? bound.port : port;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    const { accepts, admission, counters, limits } = this.#options;
    const client = parseAddress(socket.remoteAddress ?? '');
    const full = this.#sockets.size >= limits.tcpConnections;
    if (client === undefined || !accepts(client) || full || !this.#load.enter(client)) {
      counters.tcpConnectionsRefused++;
      socket.destroy();
      return;
    }
    counters.tcpConnections++;
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#load.leave(client);
    });
    new TcpConnection(socket, client, admission, limits.tcpIdleMs);
  }
}
