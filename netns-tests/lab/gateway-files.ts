/** Writes the gateway's configuration for a lab: config.yaml from here, the story's policy from policy.yaml beside it. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EGRESS, type Lab } from './topology.ts';

export const POLICY = path.join(import.meta.dirname, 'policy.yaml');

export interface GatewayFiles {
  readonly config: string;
  readonly policy: string;
  readonly runtimeDirectory: string;
  readonly socket: string;
}

export function gatewayFilesOf(lab: Lab): GatewayFiles {
  const runtimeDirectory = path.join(lab.directory, 'gateway');
  return {
    config: path.join(lab.directory, 'config.yaml'),
    policy: path.join(lab.directory, 'policy.yaml'),
    runtimeDirectory,
    socket: path.join(runtimeDirectory, 'api.sock'),
  };
}

export function writeGatewayFiles(lab: Lab): void {
  const files = gatewayFilesOf(lab);
  mkdirSync(lab.directory, { recursive: true });
  copyFileSync(POLICY, files.policy);
  writeFileSync(files.config, configText(files));
}

function configText(files: GatewayFiles): string {
  return `# The lab's gateway. Written by scripts/lab up; the policy is ${path.basename(files.policy)} beside it.
tun: { name: syngate0 }
onramps:
  - { name: lan, interface: lan0, clients: [10.64.0.0/24, "fd00:64::/64"] }
uplinks:
  - { name: wan, interface: wan0 }
egress:
  addresses:
    - { address: ${EGRESS.primary}, uplink: wan, location: fra }
    - { address: ${EGRESS.secondary}, uplink: wan, location: ams }
    - { address: ${EGRESS.other}, uplink: wan }
    - { address: ${EGRESS.default4}, uplink: wan }
    - { address: "${EGRESS.default6}", uplink: wan }
    - { address: "${EGRESS.prefix6}", uplink: wan }
  default: { ipv4: ${EGRESS.default4}, ipv6: "${EGRESS.default6}" }
  probe:
    targets: ["icmp:192.0.2.53", "tcp:192.0.2.53:53", "icmp:[2001:db8:2::53]"]
    interval: 500ms
    timeout: 400ms
    fail_after: 3
    recover_after: 2
resolver: { upstreams: [192.0.2.53] }
runtime_directory: ${files.runtimeDirectory}
store: { path: ${files.runtimeDirectory}/state.db }
policy: ${path.basename(files.policy)}
`;
}
