/**
 * A DNS client for many names, to be run inside a client's namespace: reads `Questions` as JSON from standard input and
 * prints `Answers`. Keeps a window of questions under way, each over a socket that only takes the resolver's replies.
 */
import { createSocket } from 'node:dgram';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { decode, encode } from 'dns-packet';

export interface Questions {
  readonly server: string;
  readonly type: 'A' | 'AAAA' | 'PTR';
  readonly names: readonly string[];
  /** Questions under way at one time. */
  readonly window: number;
  /** Begun in a second, at most; default: as many as go. */
  readonly perSecond?: number;
  /** What counts as silence; default: longer than a busy machine keeps a reply waiting. */
  readonly patienceMs?: number;
}

export interface Answers {
  /** The data of the first record of the type, by name; only of names that have one. */
  readonly data: Readonly<Record<string, string>>;
  /** How often each rcode came, and `silence` for no reply in time. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** How long each answer took, silences included; the quickest first. */
  readonly tookMs: readonly number[];
}

const PATIENCE_MS = 8000;
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

if (process.argv[1] === import.meta.filename) {
  const questions: Questions = JSON.parse(await text(process.stdin));
  process.stdout.write(JSON.stringify(await askAll(questions)));
}

async function askAll({ server, type, names, window, perSecond, patienceMs }: Questions): Promise<Answers> {
  const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4');
  const waiting = new Map<number, (reply: Buffer) => void>();
  socket.on('message', (reply) => waiting.get(reply.readUInt16BE(0))?.(reply));
  await new Promise<void>((resolve) => socket.connect(53, server, resolve));
  const data: Record<string, string> = {};
  const outcomes: Record<string, number> = {};
  const tookMs: number[] = [];
  const beganMs = performance.now();
  let next = 0;
  const askSome = async (): Promise<void> => {
    for (let index = next++; index < names.length; index = next++) {
      const name = names[index] ?? '';
      const dueMs = perSecond === undefined ? 0 : beganMs + (index / perSecond) * 1000;
      await sleep(Math.max(0, dueMs - performance.now()));
      const sentMs = performance.now();
      const reply = await askOne(index & 0xffff, name);
      tookMs.push(performance.now() - sentMs);
      const outcome = reply === undefined ? 'silence' : (RCODES[reply.readUInt16BE(2) & 15] ?? 'other');
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      const record =
        reply === undefined ? undefined : decode(reply).answers?.find((answer) => answer.type === type);
      if (record !== undefined && 'data' in record) data[name] = String(record.data);
    }
  };
  const askOne = (id: number, name: string): Promise<Buffer | undefined> => {
    const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
    const timer = setTimeout(resolve, patienceMs ?? PATIENCE_MS, undefined);
    waiting.set(id, resolve);
    socket.send(encode({ type: 'query', id, flags: 0x0100, questions: [{ type, name }] }));
    return promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(id);
    });
  };
  await Promise.all(Array.from({ length: window }, askSome));
  socket.close();
  tookMs.sort((one, other) => one - other);
  return { data, outcomes, tookMs };
}
