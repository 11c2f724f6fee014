/** The gateway in the foreground, from set-up to take-down. */
import type { Logger } from 'pino';
import { GatewayError } from '../report/errors.ts';
import type { Config } from './config/config.ts';

/** Runs until SIGTERM or SIGINT; resolves to the exit status. */
export async function runGateway(config: Config, log: Logger): Promise<number> {
  log.debug({ file: config.file }, 'starting');
  throw new GatewayError(
    'EDEVICE',
    'Cannot start the gateway: its datapath is not part of this checkout yet',
  );
}
