/**
 * Connections that ask a host all the time where they come from, as `wrk` does, and notice when one of them moves. After some
 * time a new one begins in its place. Usage: keep-asking.ts HOST CONNECTIONS CONNECTION_MS SECONDS; prints `Asked` as JSON.
 */
import http from 'node:http';
import { json } from 'node:stream/consumers';
import type { Whoami } from '../lab/web-server.ts';

export interface Asked {
  /** Answers by the source address that the host saw. */
  readonly sources: Readonly<Record<string, number>>;
  readonly connections: number;
  /** Connections that had another address or port than before. */
  readonly moved: readonly string[];
  readonly failures: readonly string[];
  /** How long an answer takes that is slower than 99 of 100. */
  readonly p99Ms: number;
}

const [host = '', connections = '', connectionMs = '', seconds = ''] = process.argv.slice(2);
const endMs = performance.now() + Number(seconds) * 1000;
const sources: Record<string, number> = {};
const moved: string[] = [];
const failures: string[] = [];
const tookMs: number[] = [];
let begun = 0;

await Promise.all(Array.from({ length: Number(connections) }, askUntilEnd));
tookMs.sort((one, other) => one - other);
const p99Ms = tookMs[Math.floor(tookMs.length * 0.99)] ?? Number.NaN;
const asked: Asked = { sources, connections: begun, moved, failures, p99Ms };
process.stdout.write(JSON.stringify(asked));

async function askUntilEnd(): Promise<void> {
  while (performance.now() < endMs) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    begun++;
    try {
      await askOften(agent);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
    agent.destroy();
  }
}

/** Over one connection, which lasts its time or up to a half more or less, so that they do not begin all at once. */
async function askOften(agent: http.Agent): Promise<void> {
  let first: string | undefined;
  const untilMs = performance.now() + Number(connectionMs) * (0.5 + Math.random());
  for (let fromMs = performance.now(); fromMs < Math.min(untilMs, endMs); fromMs = performance.now()) {
    const { address, port } = await ask(agent);
    tookMs.push(performance.now() - fromMs);
    sources[address] = (sources[address] ?? 0) + 1;
    first ??= `${address} ${port}`;
    if (first !== `${address} ${port}`) moved.push(`${first} became ${address} ${port}`);
  }
}

function ask(agent: http.Agent): Promise<Whoami> {
  return new Promise((resolve, reject) => {
    const request = http.get({ agent, host, family: 4, path: '/whoami' }, (response) => {
      json(response).then((answer) => resolve(answer as Whoami), reject);
    });
    request.on('error', reject);
  });
}
