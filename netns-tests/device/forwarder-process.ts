/** Starts and stops forwarder.ts inside the gateway's namespace. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { labEnvironment } from '../lab/command.ts';
import { waitUntil } from '../lab/wait.ts';
import type { ForwarderReport, Task } from './forwarder.ts';
import { NAMESPACES, PEER_MAC, UPLINK_MAC } from './two-namespaces.ts';

const PROGRAM = path.join(import.meta.dirname, 'forwarder.ts');
const TICKS_PER_SECOND = 100;

export class ForwarderProcess {
  readonly #child: ChildProcess;
  #output = '';

  /** Resolves once it forwards. */
  static async start(options: Partial<Task> = {}): Promise<ForwarderProcess> {
    const task: Task = {
      tun: 'tun0',
      persist: false,
      uplink: 'up0',
      uplinkMac: UPLINK_MAC,
      peerMac: PEER_MAC,
      ...options,
    };
    const forwarder = new ForwarderProcess(task);
    const settled = () => forwarder.#output.includes('ready\n') || !forwarder.running;
    try {
      await waitUntil(settled, 10_000, () => forwarder.#output);
    } catch (error) {
      await forwarder.kill();
      throw error;
    }
    if (!forwarder.running) throw new Error(`Cannot start the forwarder: ${forwarder.#output}`);
    return forwarder;
  }

  private constructor(task: Task) {
    const command = ['netns', 'exec', NAMESPACES.gateway, process.execPath, PROGRAM, JSON.stringify(task)];
    this.#child = spawn('ip', command, { stdio: ['pipe', 'pipe', 'pipe'], env: labEnvironment() });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk) => {
        this.#output += chunk;
      });
  }

  /** Processor seconds used so far, of all threads (`ip netns exec` has become the program itself). */
  get processorSeconds(): number {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Wakes its worker out of the wait, and resolves with what it saw. */
  async stop(): Promise<ForwarderReport> {
    this.#child.stdin?.write('stop\n');
    await once(this.#child, 'close');
    return JSON.parse(this.#output.trim().split('\n').at(-1) ?? '');
  }

  /** Ends it without a chance to clean up; a second call does nothing. */
  async kill(): Promise<void> {
    if (!this.running) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
  }
}
