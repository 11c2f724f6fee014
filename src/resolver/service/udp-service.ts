/** DNS over UDP on one address, from which replies are also sent. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Address, familyOf, formatAddress, parseAddress } from '../../wire/address.ts';
import type { Admission } from './admission.ts';

export class UdpService {
  readonly #admission: Admission;
  #socket: Socket | undefined;

  constructor(admission: Admission) {
    this.#admission = admission;
  }

  /** Binds the address and resolves to the port. Rejects if the address cannot be bound. */
  async listen(address: Address, port: number): Promise<number> {
    const ipv6 = familyOf(address) === 6;
    const socket = createSocket({ type: ipv6 ? 'udp6' : 'udp4', ipv6Only: ipv6 });
    this.#socket = socket;
    socket.bind({ address: formatAddress(address), port, exclusive: true });
    await once(socket, 'listening');
    // Later errors are about single datagrams that could not be sent: the client will retry.
    socket.on('error', () => undefined);
    socket.on('message', (bytes, from) => void this.#serve(socket, bytes, from));
    return socket.address().port;
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) await new Promise<void>((resolve) => socket.close(resolve));
  }

  async #serve(socket: Socket, bytes: Uint8Array, from: RemoteInfo): Promise<void> {
    const client = parseAddress(from.address);
    if (client === undefined) return;
    const reply = await this.#admission.answer({ bytes, client, transport: 'udp' });
    if (reply !== undefined && this.#socket === socket) socket.send(reply.bytes, from.port, from.address);
  }
}
