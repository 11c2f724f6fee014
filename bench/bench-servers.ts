/** Starts a benchmark's own servers and clients' programs inside a lab; they end when the lab is lowered. */
import path from 'node:path';
import { inside, run, runIn, startDetached } from '../netns-tests/lab/command.ts';
import type { Host, Lab } from '../netns-tests/lab/topology.ts';
import { waitUntil } from '../netns-tests/lab/wait.ts';

const READY_WITHIN_MS = 10_000;

export interface BenchServer {
  readonly name: string;
  readonly host: Host;
  readonly command: readonly string[];
  readonly protocol: 'udp' | 'tcp';
  /** Address and port as `ss` prints them. */
  readonly socket: string;
}

/** Starts servers and resolves when all of them listen. */
export async function startServers(lab: Lab, servers: readonly BenchServer[]): Promise<void> {
  for (const { name, host, command } of servers)
    startDetached(inside(lab, host, command), logFile(lab, name));
  for (const server of servers) {
    const listens = (): boolean =>
      runIn(lab, server.host, ['ss', '-Hln', `--${server.protocol}`]).includes(` ${server.socket} `);
    await waitUntil(
      listens,
      READY_WITHIN_MS,
      () => `${server.name} does not listen, see ${logFile(lab, server.name)}`,
    );
  }
}

/** Compiles a C++ program of bench/traffic into the lab's directory; its path. */
export function compileTraffic(lab: Lab, name: string): string {
  const program = programOf(lab, name);
  const source = path.join(import.meta.dirname, 'traffic', `${name}.cc`);
  run(['g++', '-std=c++17', '-O2', '-Wall', '-Wextra', '-o', program, source]);
  return program;
}

export function programOf(lab: Lab, name: string): string {
  return path.join(lab.directory, name);
}

function logFile(lab: Lab, name: string): string {
  return path.join(lab.directory, `${name}.log`);
}
