/** `syngate run`: the gateway in the foreground, for systemd and for people. */
import { Command } from 'commander';
import pino from 'pino';
import type { ApiOptions } from '../../api/make-api.ts';
import { serveApi } from '../../api/serve-api.ts';
import { serveMetrics } from '../../api/serve-metrics.ts';
import type { Config } from '../../gateway/config/config.ts';
import { loadConfig, loadConfigWithWarnings } from '../../gateway/config/load-config.ts';
import type { GatewayControl } from '../../gateway/control/gateway-control.ts';
import type { ControlServer } from '../../gateway/run-gateway.ts';
import { describeProblem } from '../../report/errors.ts';
import { openLogDestination } from '../../report/log-destination.ts';
import { type CommandContext, Options } from '../command-context.ts';
import { DEFAULT_CONFIG } from '../find-socket.ts';

const STANDARD_ERROR = 2;
/** Maximum bytes of the log that wait for a slow reader. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;

export function makeRunCommand(context: CommandContext): Command {
  const command = new Command('run')
    .description('run the gateway in the foreground; SIGHUP reloads the policy, SIGTERM stops the gateway')
    .option('-c, --config <file>', 'the configuration', DEFAULT_CONFIG);
  return command.action(async () => {
    const options = new Options(command);
    const file = options.text('config') ?? DEFAULT_CONFIG;
    const { config, warnings } = loadConfigWithWarnings(file);
    const level = options.flag('verbose') ? 'debug' : config.log.level;
    // Asynchronous, so that a stalled reader of the log does not block the gateway (FL-43).
    const log = pino({ level }, openLogDestination({ dest: STANDARD_ERROR, maxLength: MOST_WAITING_BYTES }));
    for (const warning of warnings) log.warn(describeProblem(warning));
    // Imported only here: the other commands need neither the datapath nor the native addon.
    const { runGateway } = await import('../../gateway/run-gateway.ts');
    context.status = await runGateway({
      config,
      readConfig: () => loadConfig(file),
      serve: (control) =>
        serveAll(control, config, {
          onError: (error) => log.error(error, 'the API failed to answer'),
        }),
      log,
    });
  });
}

/** Serves the API, and metrics over TCP if they are configured. */
async function serveAll(
  control: GatewayControl,
  config: Config,
  options: ApiOptions,
): Promise<ControlServer> {
  const api = await serveApi(control, config.api.socket, options);
  if (config.metrics.listen === undefined) return api;
  try {
    const metrics = await serveMetrics(control, config.metrics.listen, config, options);
    return { close: () => Promise.all([api.close(), metrics.close()]).then(() => {}) };
  } catch (error) {
    await api.close();
    throw error;
  }
}
