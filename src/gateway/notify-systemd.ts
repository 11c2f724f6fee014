/**
 * Reports the gateway's state to systemd (sd_notify(3)). Node cannot send on a unix datagram socket, so systemd's own
 * tool does, on behalf of its parent; the unit has NotifyAccess=all for where it may not.
 */
import { GatewayError } from '../report/errors.ts';
import { runCommand } from './host/run-command.ts';

export type SystemdState = 'READY=1' | 'STOPPING=1';

/** Does nothing when systemd did not start us or cannot be told: that is no reason to stop forwarding. */
export async function notifySystemd(state: SystemdState): Promise<void> {
  const socket = process.env.NOTIFY_SOCKET;
  if (!socket) return;
  try {
    await runCommand(['systemd-notify', `--pid=${process.pid}`, state], {
      environment: { NOTIFY_SOCKET: socket },
    });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
  }
}
