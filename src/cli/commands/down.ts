/** `syngate down`: removes what a stopped gateway left on the host, the guard last. */
import { Command } from 'commander';
import { loadConfig } from '../../gateway/config/load-config.ts';
import { lockRuntimeDirectory } from '../../gateway/host/lock-runtime-directory.ts';
import { tearDownHost } from '../../gateway/host/tear-down-host.ts';
import { type CommandContext, Options } from '../command-context.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { DEFAULT_CONFIG } from '../find-socket.ts';

export function makeDownCommand(context: CommandContext): Command {
  const command = new Command('down')
    .description('remove the guard, routes, TUN and settings of a gateway that has stopped')
    .option('-c, --config <file>', 'the configuration it ran with', DEFAULT_CONFIG)
    .option('--runtime-directory <path>', 'its runtime directory, if the configuration is lost');
  return command.action(async () => {
    const options = new Options(command);
    const runtimeDirectory =
      options.text('runtimeDirectory') ??
      loadConfig(options.text('config') ?? DEFAULT_CONFIG).runtimeDirectory;
    // A gateway that runs would be left with neither guard nor routes.
    const lock = lockRuntimeDirectory(runtimeDirectory);
    try {
      await tearDownHost({ runtimeDirectory });
    } finally {
      lock.release();
    }
    const done = 'the host is as it was before the gateway';
    context.terminal.print(options.flag('json') ? JSON.stringify({ ok: true }) : done);
    context.status = EXIT_STATUS.ok;
  });
}
