/** Determines the API socket of the gateway that a command talks to. */
import { loadConfig } from '../gateway/config/load-config.ts';

export const DEFAULT_CONFIG = '/etc/syngate/config.yaml';
const DEFAULT_SOCKET = '/run/syngate/api.sock';

export interface SocketChoice {
  readonly socket?: string | undefined;
  readonly config?: string | undefined;
}

/** The first of: --socket, SYNGATE_SOCKET, the configuration of -c, the default path. Throws ConfigError. */
export function findSocket(choice: SocketChoice, environment: NodeJS.ProcessEnv = process.env): string {
  if (choice.socket !== undefined) return choice.socket;
  if (environment.SYNGATE_SOCKET) return environment.SYNGATE_SOCKET;
  if (choice.config !== undefined) return loadConfig(choice.config).api.socket;
  return DEFAULT_SOCKET;
}
