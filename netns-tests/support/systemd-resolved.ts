/** systemd-resolved on alice's machine, which asks the gateway and answers at 127.0.0.53. */
import path from 'node:path';
import { type Lab, RESOLVER, ROOT } from '../lab/topology.ts';
import { type Forwarder, startListening } from './forwarders.ts';

/** Where scripts/setup lays it out. */
const FOLDER = path.join(ROOT, 'node_modules/.debian/systemd-resolved');
const SCRIPT = path.join(import.meta.dirname, 'systemd-resolved.sh');

/** What a machine has that knows the gateway as its one resolver; nothing is asked of neighbours. */
const SETTINGS = [
  `DNS=${RESOLVER.ipv4} ${RESOLVER.ipv6}`,
  'FallbackDNS=',
  'Domains=~.',
  'LLMNR=no',
  'MulticastDNS=no',
];

/** Starts it with these settings of resolved.conf(5); its log has every query, and what it makes of the server. */
export function startResolved(lab: Lab, settings: readonly string[] = []): Promise<Forwarder> {
  return startListening(lab, ['sh', SCRIPT, FOLDER, ...SETTINGS, ...settings], '127.0.0.53');
}
