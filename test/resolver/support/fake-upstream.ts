/** A name server, on loopback unless told otherwise, that says whatever a test wants, honest or not, and remembers what it was asked. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Socket as Connection, createServer, type Server } from 'node:net';
import { type Answer, decode, encode, type Packet, type Question } from 'dns-packet';
import { FrameReader, frameMessage } from '../../../src/wire/dns/frame-reader.ts';
import { retryBusy } from './retry-busy.ts';

export interface Asked {
  readonly transport: 'udp' | 'tcp';
  readonly bytes: Buffer;
  readonly packet: Packet;
  readonly question: Question;
  readonly address: string;
  readonly port: number;
}

/** Returns the replies to send: bytes, a packet's parts to go with the query's id and question, or nothing. */
export type Script = (
  asked: Asked,
) => Reply | readonly Reply[] | Promise<Reply | readonly Reply[] | undefined> | undefined;

const LOOPBACK = { address: '127.0.0.1', port: 0 };

export type Reply = Buffer | (Omit<Packet, 'type'> & { readonly rcode?: number; readonly flags?: number });

const RCODE_MASK = 0xf;

export class FakeUpstream {
  readonly asked: Asked[] = [];
  readonly #script: Script;
  readonly #udp: Socket = createSocket('udp4');
  readonly #tcp: Server = createServer((connection) => this.#serve(connection));
  readonly #connections = new Set<Connection>();
  #stopped = false;

  constructor(script: Script) {
    this.#script = script;
  }

  /** On a free port, unless one is named. */
  static start(script: Script, at = LOOPBACK): Promise<FakeUpstream> {
    return retryBusy(async () => {
      const upstream = new FakeUpstream(script);
      await upstream.#listen(at);
      return upstream;
    });
  }

  async #listen({ address: host, port }: typeof LOOPBACK): Promise<void> {
    this.#tcp.listen(port, host);
    await once(this.#tcp, 'listening');
    const address = this.#tcp.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.#udp.bind(address.port, host);
    try {
      await once(this.#udp, 'listening');
    } catch (error) {
      this.#tcp.close();
      throw error;
    }
    this.#udp.on('message', (bytes, from) => void this.#answerUdp(bytes, from));
  }

  get port(): number {
    return this.#udp.address().port;
  }

  /** How often a name was asked, over either transport. */
  count(name: string): number {
    return this.asked.filter(({ question }) => question.name === name).length;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#udp.close();
    for (const connection of this.#connections) connection.destroy();
    await new Promise((resolve) => this.#tcp.close(resolve));
  }

  async #answerUdp(bytes: Buffer, from: RemoteInfo): Promise<void> {
    const replies = await this.#replies('udp', bytes, from);
    if (this.#stopped) return;
    for (const reply of replies) this.#udp.send(reply, from.port, from.address);
  }

  #serve(connection: Connection): void {
    const reader = new FrameReader(0xffff);
    this.#connections.add(connection);
    connection.on('close', () => this.#connections.delete(connection));
    connection.on('error', () => connection.destroy());
    connection.on('data', async (chunk) => {
      const messages = reader.read(chunk);
      for (const message of messages === 'too-long' ? [] : messages) {
        const replies = await this.#replies('tcp', Buffer.from(message), {
          address: connection.remoteAddress ?? '',
          port: connection.remotePort ?? 0,
        });
        if (replies.length === 0) connection.destroy();
        for (const reply of replies) connection.write(frameMessage(reply));
      }
    });
  }

  async #replies(
    transport: Asked['transport'],
    bytes: Buffer,
    { address, port }: { address: string; port: number },
  ): Promise<Buffer[]> {
    const packet = decode(bytes);
    const [question] = packet.questions ?? [];
    if (question === undefined) throw new Error('asked without a question');
    const asked = { transport, bytes, packet, question, address, port };
    this.asked.push(asked);
    const scripted = await this.#script(asked);
    const replies = scripted === undefined ? [] : Array.isArray(scripted) ? scripted : [scripted];
    return replies.map((reply) => (Buffer.isBuffer(reply) ? reply : encodeReply(asked, reply)));
  }
}

export function encodeReply({ packet, question }: Asked, reply: Exclude<Reply, Buffer>): Buffer {
  const { rcode = 0, flags = 0, ...parts } = reply;
  const id = packet.id ?? 0;
  // RD and RA, as a recursive server answers; dns-packet takes the rcode with the flags.
  const word = 0x0180 | flags | (rcode & RCODE_MASK);
  return encode({ type: 'response', id, flags: word, questions: [question], ...parts });
}

/** A script that answers from a list of records, NXDOMAIN for names that have none, with an SOA where one is due. */
export function zone(records: readonly Answer[], soa: Answer = SOA): Script {
  return ({ question }) => {
    const answers: Answer[] = [];
    let name = question.name.toLowerCase();
    for (;;) {
      const here = records.filter((record) => record.name === name);
      if (here.length === 0) return { rcode: 3, answers, authorities: [soa] };
      const found = here.filter((record) => record.type === question.type);
      if (found.length > 0) return { answers: [...answers, ...found] };
      const cname = here.find((record) => record.type === 'CNAME');
      if (cname === undefined || cname.type !== 'CNAME') return { answers, authorities: [soa] };
      answers.push(cname);
      name = cname.data;
    }
  };
}

export const SOA: Answer = {
  type: 'SOA',
  name: 'example.com',
  ttl: 900,
  data: {
    mname: 'ns.example.com',
    rname: 'host.example.com',
    serial: 1,
    refresh: 1,
    retry: 1,
    expire: 1,
    minimum: 5,
  },
};
