/** The gateway in the foreground, from set-up to take-down: lock, start, serve, signals. */
import type { Logger } from 'pino';
import { describeProblem } from '../report/errors.ts';
import type { Config } from './config/config.ts';
import type { GatewayControl } from './control/gateway-control.ts';
import { ControlService } from './control-service.ts';
import { Gateway } from './gateway.ts';
import { lockRuntimeDirectory } from './host/lock-runtime-directory.ts';
import { notifySystemd } from './notify-systemd.ts';
import { GeolocationFiles } from './policy/geolocation-files.ts';
import { loadGatewayPolicy } from './policy/load-gateway-policy.ts';
import { PolicyFiles } from './policy/policy-files.ts';

/** Something that makes the gateway reachable; the API is a layer above, so it is passed in. */
export interface ControlServer {
  close(): Promise<void>;
}

export interface RunOptions {
  readonly config: Config;
  /** Reads the same file again. Throws ConfigError. */
  readonly readConfig: () => Config;
  readonly serve: (control: GatewayControl) => Promise<ControlServer>;
  readonly log: Logger;
}

/** Runs until SIGTERM or SIGINT; resolves to the exit status. Throws ConfigError or GatewayError when it cannot start. */
export async function runGateway(options: RunOptions): Promise<number> {
  const { config, log } = options;
  const ending = Promise.withResolvers<number>();
  // Whatever is wrong with the policy and its files is said before anything on the host changes.
  const policyFiles = new PolicyFiles();
  const policy = loadGatewayPolicy(config, policyFiles);
  const geo = new GeolocationFiles(config.geolocation);
  for (const warning of policy.warnings) log.warn(describeProblem(warning));
  const lock = lockRuntimeDirectory(config.runtimeDirectory);
  const gateway = new Gateway({
    config,
    policy,
    policyFiles,
    geo,
    readConfig: options.readConfig,
    log,
    onFailure: (error) => {
      log.fatal(error, 'a worker thread has failed');
      ending.resolve(1);
    },
  });
  const stopListening = listenToSignals(gateway, log, (status) => ending.resolve(status));
  try {
    await gateway.start();
    const server = await options.serve(new ControlService(gateway));
    log.info({ config: config.file, rules: gateway.policy.rules.length }, 'gateway is up');
    await notifySystemd('READY=1');
    const status = await ending.promise;
    await notifySystemd('STOPPING=1');
    gateway.traces.close();
    await server.close();
    return status;
  } finally {
    stopListening();
    await gateway.stop();
    lock.release();
  }
}

/** SIGHUP reloads, SIGTERM and SIGINT end; returns what takes the handlers away again. */
function listenToSignals(gateway: Gateway, log: Logger, end: (status: number) => void): () => void {
  const onEnd = () => end(0);
  const onReload = () => {
    gateway.reload().catch((error: unknown) => log.error(error, 'the configuration was not reloaded'));
  };
  process.on('SIGTERM', onEnd).on('SIGINT', onEnd).on('SIGHUP', onReload);
  return () => {
    process.off('SIGTERM', onEnd).off('SIGINT', onEnd).off('SIGHUP', onReload);
  };
}
