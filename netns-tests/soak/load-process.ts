/**
 * Small things that a client does all the time, at a modest rate: short connections, datagrams from fresh sockets, names
 * never asked for before, a ping now and then. Prints each as an `Attempt`. Usage: load-process.ts SEED
 */
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Draw } from '../../test/support/draw.ts';
import { ECHO_PORT } from './canary-protocol.ts';
import type { Attempt } from './judge-load.ts';

const draw = new Draw(Number(process.argv[2]));
const runProgram = promisify(execFile);

const SITES = [
  'shop.example.com',
  'partner.example.net',
  'slack.com',
  'news.example.org',
  'bank.example.com',
];
const PATIENCE_MS = 10_000;
const TRIES = 5;
const TRY_MS = 1_000;

/** How many milliseconds lie between two of a kind, on average. */
const LOAD = [
  { kind: 'short connection', everyMs: 200, act: connectShortly },
  { kind: 'datagram', everyMs: 400, act: sendDatagram },
  { kind: 'fresh name', everyMs: 250, act: askFreshName },
  { kind: 'ping', everyMs: 5_000, act: ping },
] as const;

process.stdin.on('close', () => process.exit()).resume();
for (const { kind, everyMs, act } of LOAD) void repeat(kind, everyMs, act);

/** Begins one after the other at random intervals, and waits for none. */
async function repeat(kind: string, everyMs: number, act: () => Promise<void>): Promise<never> {
  for (;;) {
    await sleep(draw.below(2 * everyMs));
    void attempt(kind, act);
  }
}

async function attempt(kind: string, act: () => Promise<void>): Promise<void> {
  const from = Date.now();
  let failure: string | undefined;
  try {
    await act();
  } catch (error) {
    failure = error instanceof Error ? error.message.trim() : String(error);
  }
  const made: Attempt = { kind, from, to: Date.now(), ...(failure === undefined ? {} : { failure }) };
  console.log(JSON.stringify(made));
}

async function connectShortly(): Promise<void> {
  const host = draw.one(SITES);
  const family = draw.one([4, 6] as const);
  await fetchPage({ host, family });
}

/** Some of the names are used too, which keeps their leases. */
async function askFreshName(): Promise<void> {
  const name = `n${draw.below(1_000_000_000)}.many.example.com`;
  const { address } = await lookup(name, { family: 4 });
  if (draw.chance(0.2)) await fetchPage({ host: address, family: 4 });
}

async function ping(): Promise<void> {
  const family = draw.one([4, 6] as const);
  await runProgram('ping', [`-${family}`, '-c3', '-i0.5', '-W2', draw.one(SITES)], { timeout: PATIENCE_MS });
}

function fetchPage({ host, family }: { host: string; family: 4 | 6 }): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { host, family, path: '/whoami', agent: false, timeout: PATIENCE_MS };
    const request = get(options, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${host} answered ${response.statusCode}`));
      });
    });
    request.on('timeout', () => request.destroy(new Error(`${host} over IPv${family} was silent`)));
    request.on('error', reject);
  });
}

/** A datagram may be lost; several in a row may not. */
async function sendDatagram(): Promise<void> {
  const family = draw.one([4, 6] as const);
  const host = draw.one(['shop.example.com', 'bank.example.com']);
  const { address } = await lookup(host, { family });
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
  const payload = 'x'.repeat(1 + draw.below(3000));
  const answered = Promise.withResolvers<boolean>();
  socket.on('error', () => undefined);
  socket.on('message', (message) => answered.resolve(message.toString().endsWith(payload)));
  try {
    for (let left = TRIES; left > 0; left--) {
      socket.send(payload, ECHO_PORT, address);
      const isRight = await Promise.race([answered.promise, sleep(TRY_MS, undefined)]);
      if (isRight === true) return;
      if (isRight === false) throw new Error(`${host} answered with something else`);
    }
    throw new Error(`${host} over IPv${family} answered none of ${TRIES} datagrams`);
  } finally {
    socket.close();
  }
}
