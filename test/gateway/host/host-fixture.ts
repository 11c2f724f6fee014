/** A configuration and a host for the tests of planning: plain values, nothing of the machine is read. */
import type { Config } from '../../../src/gateway/config/config.ts';
import type { HostFacts } from '../../../src/gateway/host/host-facts.ts';
import { DEFAULT_EXPRESSIONS } from '../../../src/gateway/policy/compile-policy.ts';
import { type Address, type Prefix, parseAddress, parsePrefix } from '../../../src/wire/address.ts';

export function parseAddresses(...texts: readonly string[]): Address[] {
  return texts.map((text) => parseAddress(text)).filter((address) => address !== undefined);
}

export function makeConfig(change: Partial<Config> = {}): Config {
  const egress = ['203.0.113.9', '198.51.100.1', '2001:db8:9::/64'];
  return {
    file: '/etc/syngate/config.yaml',
    expressions: DEFAULT_EXPRESSIONS,
    tun: { name: 'syngate0', mtu: undefined },
    onramps: [{ name: 'lan', interface: 'lan0', clients: prefixes('10.64.0.0/24') }],
    uplinks: [
      {
        name: 'wan',
        interface: 'wan0',
        nextHop4: undefined,
        nextHop6: undefined,
        allowDestinations: prefixes('10.9.0.0/16'),
        hostPorts: [22, 8443],
        mssClamp: 'auto',
      },
    ],
    egress: {
      addresses: prefixes(...egress).map((prefix) => ({ prefix, uplink: 'wan', location: undefined })),
      defaultIpv4: undefined,
      defaultIpv6: undefined,
      probe: undefined,
    },
    synthetic: {
      ipv4: parsePrefix('100.80.0.0/16'),
      ipv6: parsePrefix('2606:4700:cf1:4000::/64'),
      leaseMs: 600_000,
      quarantineMs: 86_400_000,
      leaseScope: 'network',
      ttlSeconds: 60,
    },
    resolver: {
      listen: parseAddresses('100.80.0.1', '2606:4700:cf1:4000::1'),
      upstreams: [],
      upstreamChoice: 'ordered',
      forward: [],
      randomizeCase: false,
      authorities: undefined,
      queryLog: false,
      allowPrivate: [],
      synthesize: 'all',
      exempt: [],
      matchCnameTargets: false,
      blockReply: 'null-address',
    },
    api: { socket: '/run/syngate/api.sock' },
    metrics: { listen: undefined },
    runtimeDirectory: '/run/syngate',
    storeFile: '/var/lib/syngate/state.db',
    policyFile: undefined,
    geolocation: { database: undefined, torExits: undefined },
    limits: {
      flows: 1024,
      workers: 1,
      client: { flows: 1024, ports: 2000, flowRate: 500, flowBurst: 2000 },
      listBytes: 2_097_152,
    },
    log: { level: 'info' },
    flowLog: undefined,
    ...change,
  };
}

export function makeFacts(change: Partial<HostFacts> = {}): HostFacts {
  return {
    links: new Map([
      ['lan0', { mtu: 1500, kind: 'bridge' }],
      ['wan0', { mtu: 1400, kind: undefined }],
    ]),
    addresses: parseAddresses('198.51.100.1', '10.64.0.1'),
    tunAddresses: [],
    localPorts: { first: 32_768, last: 60_999 },
    rules: { 4: [], 6: [] },
    rpFilterOfAll: 0,
    ipv6: { forceForwarding: true, acceptRa: new Map([['wan0', 1]]) },
    ...change,
  };
}

function prefixes(...texts: readonly string[]): Prefix[] {
  return texts.map((text) => parsePrefix(text)).filter((prefix) => prefix !== undefined);
}
