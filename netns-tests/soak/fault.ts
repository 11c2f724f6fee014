/** A fault of a soak: what it does, and what it excuses. */
import type { Draw } from '../../test/support/draw.ts';
import { gatewayPid } from '../lab/gateway-process.ts';
import type { Host, Lab } from '../lab/topology.ts';
import type { Family } from '../support/clients.ts';
import type { Effect } from './disturbance.ts';
import { runAside } from './run-aside.ts';

export interface Fault {
  readonly name: string;
  readonly effects: readonly Effect[];
  /** Begins it, and takes everything back that it has done. */
  apply(context: FaultContext): Promise<void>;
}

/** What faults are made with. */
export class FaultContext {
  readonly lab: Lab;
  readonly draw: Draw;
  /** Synthetic addresses of sites that are there for a flood. */
  readonly targets: Readonly<Record<Family, string>>;

  constructor(lab: Lab, draw: Draw, targets: FaultContext['targets']) {
    this.lab = lab;
    this.draw = draw;
    this.targets = targets;
  }

  /** Standard output of a command that must succeed. */
  async run(host: Host, command: readonly string[], input = ''): Promise<string> {
    const { status, stdout, stderr } = await runAside(this.lab, host, command, { input });
    if (status !== 0) throw new Error(`Cannot run '${command.join(' ')}' in ${host}: ${stderr.trim()}`);
    return stdout;
  }

  /** The same for a command that may fail, such as one that puts something back that is there. */
  async try(host: Host, command: readonly string[]): Promise<void> {
    await runAside(this.lab, host, command);
  }

  signalGateway(signal: NodeJS.Signals): void {
    const pid = gatewayPid(this.lab);
    if (pid === undefined) throw new Error(`Cannot send ${signal}: the gateway has ended`);
    process.kill(pid, signal);
  }
}
