/**
 * TLS connections to an upstream. The server's name and certificate chain are always verified: there is no opportunistic mode
 * (RFC 8310 section 5, RFC 8484 section 5). Sessions are resumed.
 */
import { connect, rootCertificates, type TLSSocket } from 'node:tls';
import { type Address, formatAddress } from '../../wire/address.ts';

export interface SecureServer {
  readonly address: Address;
  readonly port: number;
  /** The name that the certificate must be for; undefined: the address itself. */
  readonly name: string | undefined;
}

export class SecureSockets {
  readonly #server: SecureServer;
  readonly #protocol: string;
  readonly #authorities: string[] | undefined;
  #session: Buffer | undefined;

  /** `protocol` is the ALPN identifier; `authorities` (PEM) are trusted in addition to the well-known ones. */
  constructor(server: SecureServer, protocol: string, authorities: string | undefined) {
    this.#server = server;
    this.#protocol = protocol;
    this.#authorities = authorities === undefined ? undefined : [...rootCertificates, authorities];
  }

  /** Emits `secureConnect` when the server is authenticated, and `error` otherwise. */
  open(): TLSSocket {
    const { address, port, name } = this.#server;
    const socket = connect({
      host: formatAddress(address),
      port,
      ALPNProtocols: [this.#protocol],
      minVersion: 'TLSv1.2', // RFC 8310 section 9
      rejectUnauthorized: true,
      ...(name === undefined ? {} : { servername: name }),
      ...(this.#authorities === undefined ? {} : { ca: this.#authorities }),
      ...(this.#session === undefined ? {} : { session: this.#session }),
    });
    socket.setNoDelay(true);
    socket.on('session', (session) => {
      this.#session = session;
    });
    socket.on('error', () => {
      this.#session = undefined;
    });
    return socket;
  }
}
