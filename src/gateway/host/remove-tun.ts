/** Removes a TUN that `setUpHost` created; one that existed before is kept. Does nothing if it is already gone. */
import type { HostState } from './host-state.ts';
import { ipLinks } from './ip-json.ts';
import { runCommand, runIpJson } from './run-command.ts';

/** Rejects when `ip` fails. */
export async function removeTun(tun: HostState['tun']): Promise<void> {
  if (tun?.isOurs !== true) return;
  const links = ipLinks.parse(await runIpJson('link', 'show'));
  if (links.some(({ ifname }) => ifname === tun.name))
    await runCommand(['ip', 'link', 'del', 'dev', tun.name]);
}
