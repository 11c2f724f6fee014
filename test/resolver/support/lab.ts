/** A resolver on loopback over fake upstreams, with a synthesis that hands out 100.80.0.1, .2 … and remembers. */
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { decode, encode, type Packet, type RecordType } from 'dns-packet';
import { Resolver } from '../../../src/resolver/resolver.ts';
import type {
  ResolverOptions,
  SynthesisRequest,
  SynthesisResult,
} from '../../../src/resolver/resolver-options.ts';
import { addressesEqual, type Prefix, parseAddress, parsePrefix } from '../../../src/wire/address.ts';
import { FrameReader, frameMessage } from '../../../src/wire/dns/frame-reader.ts';
import { FakeUpstream, type Script } from './fake-upstream.ts';
import { retryBusy } from './retry-busy.ts';

const LOOPBACK = Uint8Array.of(127, 0, 0, 1);

export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`no prefix: ${text}`);
  return parsed;
}

export class FakeSynthesis {
  readonly requests: SynthesisRequest[] = [];
  result: Exclude<SynthesisResult, object> | undefined;
  readonly #names: string[] = [];

  synthesize(request: SynthesisRequest): SynthesisResult {
    this.requests.push(request);
    if (this.result !== undefined) return this.result;
    if (!this.#names.includes(request.hostname)) this.#names.push(request.hostname);
    const number = this.#names.indexOf(request.hostname) + 1;
    const text = request.family === 4 ? `100.80.0.${number}` : `2606:4700:cf1:4000::${number.toString(16)}`;
    return { address: parseAddress(text) ?? LOOPBACK, ttlSeconds: 20 };
  }

  nameOf(address: Uint8Array): string | undefined {
    const index = this.#names.findIndex((_, place) =>
      addressesEqual(address, Uint8Array.of(100, 80, 0, place + 1)),
    );
    return this.#names[index];
  }
}

export interface Lab extends AsyncDisposable {
  readonly resolver: Resolver;
  readonly synthesis: FakeSynthesis;
  readonly upstreams: readonly FakeUpstream[];
  readonly upstream: FakeUpstream;
  readonly port: number;
  /** Moves the resolver's clock on. */
  pass(ms: number): void;
  /** Sends a query over UDP and decodes the reply. */
  ask(name: string, type: RecordType | string, fields?: QueryFields): Promise<Reply>;
  /** Sends bytes over UDP; undefined when no reply comes within `waitMs`. */
  send(bytes: Uint8Array, waitMs?: number): Promise<Buffer | undefined>;
}

export type Reply = ReturnType<typeof decode> & {
  readonly bytes: Buffer;
  /** The header's four bits, by name; dns-packet's own `rcode` is in no type declaration. */
  readonly rcode: string;
};

const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

export interface QueryFields {
  readonly id?: number;
  readonly flags?: number;
  /** The EDNS size; undefined for no EDNS. */
  readonly udpSize?: number;
  readonly dnssecOk?: boolean;
}

export async function startLab(
  scripts: readonly Script[],
  options: Partial<ResolverOptions> = {},
): Promise<Lab> {
  const upstreams = await Promise.all(scripts.map((script) => FakeUpstream.start(script)));
  const [upstream] = upstreams;
  if (upstream === undefined) throw new Error('a lab needs an upstream');
  const synthesis = new FakeSynthesis();
  let passedMs = 0;
  let ports: number[] = [];
  const resolver = await retryBusy(async () => {
    const candidate = new Resolver({
      listen: [LOOPBACK],
      port: 0,
      upstreams: upstreams.map(({ port }) => ({ address: LOOPBACK, port })),
      allowPrivate: [],
      refused: [prefix('100.80.0.0/16'), prefix('203.0.113.9/32')],
      syntheticRanges: [prefix('100.80.0.0/16'), prefix('2606:4700:cf1:4000::/64')],
      synthesis,
      accepts: () => true,
      now: () => performance.now() + passedMs,
      onDefect: (error) => {
        throw error;
      },
      ...options,
    });
    ports = await candidate.start();
    return candidate;
  });
  const [port = 0] = ports;
  const send = (bytes: Uint8Array, waitMs?: number) => exchange(port, bytes, waitMs);
  return {
    resolver,
    synthesis,
    upstreams,
    upstream,
    port,
    send,
    pass: (ms) => {
      passedMs += ms;
    },
    ask: async (name, type, fields) => {
      const bytes = await send(encodeQuery(name, type, fields));
      if (bytes === undefined) throw new Error(`no reply for ${name}`);
      return readReply(bytes);
    },
    [Symbol.asyncDispose]: async () => {
      await resolver.stop();
      await Promise.all(upstreams.map((each) => each.stop()));
    },
  };
}

export function encodeQuery(name: string, type: RecordType | string, fields: QueryFields = {}): Buffer {
  const { id = 0x4242, flags = 0x0100, udpSize, dnssecOk = false } = fields;
  const opt = {
    type: 'OPT' as const,
    name: '.',
    udpPayloadSize: udpSize ?? 0,
    extendedRcode: 0,
    ednsVersion: 0,
    flag_do: dnssecOk,
    flags: dnssecOk ? 0x8000 : 0,
    options: [],
  };
  // dns-packet knows more types than its type declarations.
  const question = { name, type: type as RecordType, class: 'IN' as const };
  const additionals = udpSize === undefined ? [] : [opt];
  return encode({ type: 'query', id, flags, questions: [question], additionals });
}

export function readReply(bytes: Buffer): Reply {
  return { ...decode(bytes), bytes, rcode: RCODES[bytes.readUInt16BE(2) & 0xf] ?? 'other' };
}

/** The code of the reply's extended error (RFC 8914), if it has one. */
export function extendedError(reply: Packet): number | undefined {
  for (const record of reply.additionals ?? []) {
    const options = record.type === 'OPT' ? record.options : [];
    for (const option of options) {
      const { code, data }: { code: number; data?: unknown } = option;
      if (code === 15 && Buffer.isBuffer(data)) return data.readUInt16BE(0);
    }
  }
  return undefined;
}

async function exchange(port: number, bytes: Uint8Array, waitMs = 5000): Promise<Buffer | undefined> {
  const socket = createSocket('udp4');
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  const timer = setTimeout(() => resolve(undefined), waitMs);
  socket.on('message', (reply) => resolve(reply));
  socket.send(bytes, port, '127.0.0.1');
  const reply = await promise;
  clearTimeout(timer);
  socket.close();
  return reply;
}

/** A TCP client of the resolver that keeps what comes. */
export class TcpClient {
  readonly replies: Reply[] = [];
  readonly socket: Socket;
  readonly closed: Promise<unknown>;

  constructor(port: number) {
    const reader = new FrameReader(0xffff);
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('error', () => undefined);
    // Also by a reset, which is what comes of bytes that were on their way to a closed connection.
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.on('data', (chunk) => {
      const messages = reader.read(chunk);
      for (const message of messages === 'too-long' ? [] : messages)
        this.replies.push(readReply(Buffer.from(message)));
    });
    this.socket.on('end', () => this.socket.end());
  }

  ask(...queries: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(queries.map(frameMessage)));
  }
}
