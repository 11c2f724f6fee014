/** Which gateway a command talks to. */
import { loadConfig } from '../gateway/config/load-config.ts';

export const DEFAULT_CONFIG = '/etc/syngate/config.yaml';
export const DEFAULT_SOCKET = '/run/syngate/api.sock';

export interface SocketChoice {
  readonly socket?: string | undefined;
  readonly config?: string | undefined;
}

/** --socket, else SYNGATE_SOCKET, else what the configuration of -c says, else the usual place. */
export function findSocket(choice: SocketChoice, environment: NodeJS.ProcessEnv = process.env): string {
  if (choice.socket !== undefined) return choice.socket;
  if (environment.SYNGATE_SOCKET) return environment.SYNGATE_SOCKET;
  if (choice.config !== undefined) return loadConfig(choice.config).api.socket;
  return DEFAULT_SOCKET;
}
