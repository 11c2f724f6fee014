/** What all commands share: the global options, the terminal, and the connection to a gateway. */
import { Command, type OptionValues } from 'commander';
import { GatewayClient } from '../api/client.ts';
import { EXIT_STATUS } from './exit-status.ts';
import { findSocket } from './find-socket.ts';
import { readSeconds } from './parse-option.ts';
import type { Terminal } from './terminal.ts';

export interface CommandContext {
  readonly terminal: Terminal;
  readonly environment: NodeJS.ProcessEnv;
  /** The exit status of the command that ran; 0 unless it sets another. */
  status: number;
}

/** The options of a command, including the global ones, by type; undefined or false if not given. */
export class Options {
  readonly #values: OptionValues;

  constructor(command: Command) {
    this.#values = command.optsWithGlobals();
  }

  text(name: string): string | undefined {
    const value: unknown = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value: unknown = this.#values[name];
    return typeof value === 'number' ? value : undefined;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }
}

/** A client of the gateway that the options select. Throws ConfigError for a configuration that cannot be read. */
export function connect(options: Options, context: CommandContext): GatewayClient {
  const choice = { socket: options.text('socket'), config: options.text('config') };
  return new GatewayClient(findSocket(choice, context.environment));
}

/** A command that shows state of a running gateway, as JSON or for people, once or repeatedly. */
export interface View<Result> {
  readonly name: string;
  readonly description: string;
  /** Adds the command's own options. */
  readonly prepare?: (command: Command) => Command;
  readonly fetch: (client: GatewayClient, options: Options) => Promise<Result>;
  /** Formats the result for people, in lines. */
  readonly show: (result: Result, context: CommandContext) => readonly string[];
}

export function makeView<Result>(view: View<Result>, context: CommandContext): Command {
  const command = new Command(view.name)
    .description(view.description)
    .option('-c, --config <file>', 'take the socket from this configuration')
    .option('-w, --watch [seconds]', 'repeat it, by default every 2 seconds', readSeconds);
  view.prepare?.(command);
  return command.action(async () => {
    const options = new Options(command);
    const client = connect(options, context);
    const interval = options.flag('watch') ? 2 : options.number('watch');
    do {
      const result = await view.fetch(client, options);
      if (interval !== undefined) context.terminal.clear();
      const lines = options.flag('json') ? [formatJson(result, interval)] : view.show(result, context);
      for (const line of lines) context.terminal.print(line);
      if (interval !== undefined) await wait(interval);
    } while (interval !== undefined);
    context.status = EXIT_STATUS.ok;
  });
}

/** With --watch, one line per result, so that programs can separate them. */
function formatJson(result: unknown, interval: number | undefined): string {
  return JSON.stringify(result, null, interval === undefined ? 2 : 0);
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
