/**
 * Keeps flows alive from a client's machine: each sends a number every second, and prints what came back as `CanaryEvent`.
 * First line of input: `CanaryPlan[]`; each other line names a canary that is to be begun anew.
 */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type CanaryEvent, type CanaryPlan, ECHO_PORT } from './canary-protocol.ts';

const TICK_MS = 1_000;
const REOPEN_MS = 500;

/** One flow: how to say something on it, and how to end it. */
interface Channel {
  send(text: string): void;
  end(): void;
}

type OnLine = (line: string) => void;
type OnEnd = (why: string) => void;

class Canary {
  readonly #plan: CanaryPlan;
  #channel: Channel | undefined;
  #life = 0;
  #sent = 0;
  #answered = 0;

  constructor(plan: CanaryPlan) {
    this.#plan = plan;
    setInterval(() => this.#channel?.send(String(++this.#sent)), TICK_MS);
    this.#open();
  }

  /** Ends the flow in good order and begins another. */
  renew(): void {
    this.#channel?.end();
    this.#open();
  }

  #open(): void {
    const life = ++this.#life;
    this.#channel = undefined;
    const onLine: OnLine = (line) => {
      if (life === this.#life) this.#hear(line);
    };
    const onEnd: OnEnd = (why) => {
      if (life !== this.#life) return;
      this.#channel = undefined;
      this.#tell({ event: 'closed', detail: why });
      setTimeout(() => life === this.#life && this.#open(), REOPEN_MS);
    };
    OPEN[this.#plan.transport](this.#plan, onLine, onEnd).then(
      (channel) => {
        if (life !== this.#life) return channel.end();
        this.#answered = this.#sent;
        this.#channel = channel;
      },
      (error: Error) => onEnd(error.message),
    );
  }

  /** `ADDRESS PORT NUMBER`; over a stream no number is left out. */
  #hear(line: string): void {
    const [address, port, number] = line.split(' ');
    const isStream = this.#plan.transport !== 'udp';
    if (isStream && Number(number) !== this.#answered + 1)
      this.#tell({ event: 'broken', detail: `${line} came after ${this.#answered}` });
    this.#answered = Number(number);
    this.#tell({ event: 'answered', source: `${address} ${port}` });
  }

  #tell(event: Omit<CanaryEvent, 'at' | 'canary' | 'life'>): void {
    const whole: CanaryEvent = { at: Date.now(), canary: this.#plan.name, life: this.#life, ...event };
    console.log(JSON.stringify(whole));
  }
}

const OPEN = { tcp: openTcp, udp: openUdp, ssh: openSsh } as const;

async function openTcp({ host, family }: CanaryPlan, onLine: OnLine, onEnd: OnEnd): Promise<Channel> {
  const socket = connect({ host, family, port: ECHO_PORT });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.on('error', ({ message }) => onEnd(message)).on('end', () => onEnd('the server has closed'));
  readLines(socket, onLine);
  return lineChannel(socket);
}

async function openUdp({ host, family }: CanaryPlan, onLine: OnLine): Promise<Channel> {
  const { address } = await lookup(host, { family });
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
  // An ICMP error about one datagram says nothing about the next.
  socket.on('error', () => undefined).on('message', (message) => onLine(message.toString()));
  await new Promise<void>((resolve) => socket.connect(ECHO_PORT, address, resolve));
  return { send: (text) => socket.send(text, () => undefined), end: () => socket.close() };
}

/** ssh tells no source; what it says of the connection on its server's side does. */
async function openSsh({ host, family }: CanaryPlan, onLine: OnLine, onEnd: OnEnd): Promise<Channel> {
  const script = 'set -- $SSH_CONNECTION; while read -r number; do echo "$1 $2 $number"; done';
  const child = spawn('ssh', [`-${family}`, host, script], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.on('close', (status) => onEnd(`ssh ended with status ${status}`));
  child.stdin.on('error', () => undefined);
  readLines(child.stdout, onLine);
  return lineChannel(child.stdin);
}

function lineChannel(stream: Writable): Channel {
  return { send: (text) => void stream.write(`${text}\n`), end: () => void stream.end() };
}

function readLines(stream: Readable, onLine: OnLine): void {
  // What is wrong with the stream is the stream's to tell.
  createInterface({ input: stream })
    .on('line', onLine)
    .on('error', () => undefined);
}

const canaries = new Map<string, Canary>();
const input = createInterface({ input: process.stdin });
input.once('line', (first) => {
  const plans: CanaryPlan[] = JSON.parse(first);
  for (const plan of plans) canaries.set(plan.name, new Canary(plan));
  input.on('line', (name) => canaries.get(name)?.renew());
});
input.once('close', () => process.exit());
