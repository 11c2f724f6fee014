/** The flows that must live through a soak: which they are, the process that keeps them, and what it tells. */

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { inside, startDetached } from '../lab/command.ts';
import { EGRESS, type Lab, ROOT } from '../lab/topology.ts';
import { type CanaryEvent, type CanaryPlan, ECHO_PORT } from './canary-protocol.ts';
import { startAside } from './run-aside.ts';

const NODE = path.join(ROOT, 'node_modules/.bin/node');
const UDP_ECHO = path.join(ROOT, 'netns-tests/support/udp-echo.py');
/** Bank and shop. */
const SERVERS = ['192.0.2.198', '192.0.2.20', '2001:db8:2::198', '2001:db8:2::20'];

/** Alice's ways out: the bank's rule names a primary with a fall-back, and a range of IPv6; the shop has no rule. */
const BANK_4 = {
  host: 'bank.example.com',
  family: 4,
  sources: [EGRESS.primary, EGRESS.secondary],
  mayMove: true,
} as const;
const BANK_6 = { host: 'bank.example.com', family: 6, sources: ['2001:db8:9:'], mayMove: false } as const;
const SHOP_4 = { host: 'shop.example.com', family: 4, sources: [EGRESS.default4], mayMove: false } as const;
const SHOP_6 = { host: 'shop.example.com', family: 6, sources: [EGRESS.default6], mayMove: false } as const;
const SHELL_4 = { ...SHOP_4, host: 'shell.example.com' } as const;
const SHELL_6 = { ...SHOP_6, host: 'shell.example.com' } as const;

export const CANARIES: readonly CanaryPlan[] = [
  { name: 'TCP to the bank, IPv4', transport: 'tcp', ...BANK_4 },
  { name: 'TCP to the bank, IPv6', transport: 'tcp', ...BANK_6 },
  { name: 'TCP to the shop, IPv4', transport: 'tcp', ...SHOP_4 },
  { name: 'TCP to the shop, IPv6', transport: 'tcp', ...SHOP_6 },
  { name: 'UDP to the bank, IPv4', transport: 'udp', ...BANK_4 },
  { name: 'UDP to the bank, IPv6', transport: 'udp', ...BANK_6 },
  { name: 'UDP to the shop, IPv4', transport: 'udp', ...SHOP_4 },
  { name: 'UDP to the shop, IPv6', transport: 'udp', ...SHOP_6 },
  { name: 'ssh, IPv4', transport: 'ssh', ...SHELL_4 },
  { name: 'ssh, IPv6', transport: 'ssh', ...SHELL_6 },
];

export class Canaries {
  readonly events: CanaryEvent[] = [];
  readonly #process: ChildProcessWithoutNullStreams;

  constructor(lab: Lab) {
    const echo = path.join(import.meta.dirname, 'echo-server.ts');
    const log = path.join(lab.directory, 'soak-echo.log');
    startDetached(inside(lab, 'net', [NODE, echo]), log);
    startDetached(inside(lab, 'net', ['python3', UDP_ECHO, String(ECHO_PORT), ...SERVERS]), log);
    this.#process = startAside(lab, 'alice', [NODE, path.join(import.meta.dirname, 'canary-process.ts')]);
    this.#process.stderr.pipe(process.stderr);
    this.#process.stdin.write(`${JSON.stringify(CANARIES)}\n`);
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.events.push(JSON.parse(line)));
  }

  /** Whether each has been answered since a time. */
  areAnsweredSince(at: number): boolean {
    const answered = new Set(
      this.events.filter((event) => event.at > at && event.event === 'answered').map(({ canary }) => canary),
    );
    return answered.size === CANARIES.length;
  }

  /** Begins those anew that a fault may have moved: they go back to where their rule wants them. */
  renewMoved(): void {
    for (const { name } of CANARIES.filter(({ mayMove }) => mayMove)) this.#process.stdin.write(`${name}\n`);
  }

  stop(): void {
    this.#process.kill('SIGTERM');
  }
}
