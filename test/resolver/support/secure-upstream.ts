/** Name servers on loopback that are asked over TLS or HTTPS, and remember how. */
import { once } from 'node:events';
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { decode, type Packet } from 'dns-packet';
import { FrameReader, frameMessage } from '../../../src/wire/dns/frame-reader.ts';
import { encodeReply, type Script } from './fake-upstream.ts';
import type { KeyPair } from './make-certificates.ts';

export interface SecureAsked {
  readonly bytes: Buffer;
  readonly name: string;
  readonly headers: IncomingHttpHeaders;
}

export class SecureUpstream {
  readonly asked: SecureAsked[] = [];
  connections = 0;
  /** Connections on which a handshake was completed. */
  sockets: TLSSocket[] = [];
  /** Headers of HTTPS replies. */
  headers: Record<string, string | number> = { ':status': 200, 'content-type': 'application/dns-message' };
  readonly #script: Script;
  readonly #server: Server;

  private constructor(script: Script, server: Server) {
    this.#script = script;
    this.#server = server;
    server.on('tlsClientError', () => undefined);
    server.on('secureConnection', (socket: TLSSocket) => {
      this.connections++;
      this.sockets.push(socket);
      socket.on('error', () => undefined);
    });
  }

  static async tls(script: Script, pair: KeyPair): Promise<SecureUpstream> {
    const server = createServer({ ...pair, ALPNProtocols: ['dot'] });
    const upstream = new SecureUpstream(script, server);
    server.on('secureConnection', (socket) => upstream.#serveStream(socket));
    return upstream.#listen();
  }

  static async https(script: Script, pair: KeyPair): Promise<SecureUpstream> {
    const server = createSecureServer({ ...pair });
    const upstream = new SecureUpstream(script, server);
    server.on('sessionError', () => undefined);
    server.on('stream', (stream, headers) => void upstream.#serveRequest(stream, headers));
    return upstream.#listen();
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Closes every connection, as servers do with idle ones. */
  hangUp(): void {
    for (const socket of this.sockets.splice(0)) socket.destroy();
  }

  async stop(): Promise<void> {
    this.hangUp();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #listen(): Promise<SecureUpstream> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  #serveStream(socket: TLSSocket): void {
    const reader = new FrameReader(0xffff);
    socket.on('data', async (chunk) => {
      const messages = reader.read(chunk);
      for (const message of messages === 'too-long' ? [] : messages) {
        void this.#reply(Buffer.from(message), {}).then((reply) => {
          if (reply !== undefined && !socket.destroyed) socket.write(frameMessage(reply));
        });
      }
    });
  }

  async #serveRequest(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    stream.on('error', () => undefined);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const reply = await this.#reply(Buffer.concat(chunks), headers);
    if (reply === undefined || stream.destroyed) return;
    stream.respond(this.headers);
    stream.end(reply);
  }

  async #reply(bytes: Buffer, headers: IncomingHttpHeaders): Promise<Buffer | undefined> {
    const packet: Packet = decode(bytes);
    const [question] = packet.questions ?? [];
    if (question === undefined) throw new Error('asked without a question');
    this.asked.push({ bytes, name: question.name, headers });
    const reply = await this.#script({ transport: 'tcp', address: '', bytes, packet, question, port: 0 });
    if (reply === undefined) return undefined;
    if (Buffer.isBuffer(reply)) return reply;
    if (Array.isArray(reply)) throw new Error('one reply for one question');
    return encodeReply(
      { transport: 'tcp', address: '', bytes, packet, question, port: 0 },
      reply as Exclude<typeof reply, readonly unknown[]>,
    );
  }
}
