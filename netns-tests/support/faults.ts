/** Faults of the internet: an egress address whose packets are lost, as when a location goes down. */
import { runIn, tryRunIn } from '../lab/command.ts';
import type { Lab } from '../lab/topology.ts';

const TABLE = 'syngate_faults';

/** Loses every packet from the addresses, after the oracle has counted it. */
export function breakEgress(lab: Lab, addresses: readonly string[]): void {
  const rules = addresses.map((address) => `${address.includes(':') ? 'ip6' : 'ip'} saddr ${address} drop`);
  const input = `table netdev ${TABLE} {
  chain ingress {
    type filter hook ingress device "eth0" priority 0; policy accept;
    ${rules.join('\n    ')}
  }
}
`;
  healEgress(lab);
  runIn(lab, 'net', ['nft', '-f', '-'], { input });
}

export function healEgress(lab: Lab): void {
  tryRunIn(lab, 'net', ['nft', 'delete', 'table', 'netdev', TABLE]);
}
