/** A gateway that answers from plain records, for tests of what stands above it. */
import type { ClientFilter, ClientRecord, UserRecord } from '../../src/gateway/control/client-record.ts';
import type { DnsRecord } from '../../src/gateway/control/dns-record.ts';
import type { EgressRecord } from '../../src/gateway/control/egress-record.ts';
import type { Explanation } from '../../src/gateway/control/explanation.ts';
import type { FlowFilter, FlowRecord } from '../../src/gateway/control/flow-record.ts';
import type { GatewayControl } from '../../src/gateway/control/gateway-control.ts';
import type { GatewayStatus } from '../../src/gateway/control/gateway-status.ts';
import type { LeaseRecord } from '../../src/gateway/control/lease-record.ts';
import { counter, gauge, type Metric } from '../../src/report/metric.ts';

export const STATUS: GatewayStatus = {
  version: '0.1.0',
  pid: 4711,
  startedAt: '2026-01-02T03:04:05.000Z',
  uptimeMs: 93_784_000,
  configFile: '/etc/syngate/config.yaml',
  policy: { file: '/etc/syngate/policy.yaml', rules: 1, loadedAt: '2026-01-02T03:04:05.000Z' },
  traffic: { packetsOut: 1234, bytesOut: 1_500_000, packetsIn: 4321, bytesIn: 2_500_000_000 },
  flows: { live: 1, opened: 7, capacity: 262_144 },
  workers: [{ flows: 1, packetsOut: 1234, packetsIn: 4321 }],
  leases: { used: 1, quarantined: 0, capacity: 65_533, isKept: true },
  memory: { rss: 157_300_000, heapUsed: 30_000_000, external: 9_000_000 },
  resolver: { queries: 12, synthesized: 9, failed: 1 },
  egress: { up: 1, down: 1, unproven: 0, resting: 0 },
  flowLog: null,
  drops: { 'synthetic-unknown': 3 },
  violations: 0,
};

export const METRICS: readonly Metric[] = [
  counter('syngate_dropped_packets_total', 'Packets dropped, by reason', [
    { labels: { reason: 'hairpin' }, value: 3 },
  ]),
  gauge('syngate_leases_kept', 'Whether leases are on disk', 1),
];

export const FLOW: FlowRecord = {
  protocol: 'tcp',
  state: 'established',
  client: { address: 'fd00:64::2', port: 40_000 },
  user: 'alice@example.com',
  host: 'bank.example.com',
  destination: { address: '2606:4700:cf1:4000::7', port: 443 },
  real: { address: '2001:db8:2::c6', port: 443 },
  egress: { address: '2001:db8:9::1', port: 50_000 },
  uplink: 'wan',
  rule: { id: 'bank', name: 'finance reaches the bank' },
  method: 'dedicated',
  role: 'primary',
  ageMs: 65_000,
  idleMs: 120,
  packetsOut: 10,
  packetsIn: 12,
  bytesOut: 1000,
  bytesIn: 20_000,
};

export const CLIENT: ClientRecord = {
  address: '10.64.0.2',
  user: 'alice@example.com',
  device: 'laptop',
  groups: ['finance', 'staff'],
  virtualNetwork: null,
  expiresAt: '2026-12-31T00:00:00.000Z',
  flows: 1200,
  ports: 7,
  leases: 3,
};

export const USER: UserRecord = {
  email: 'alice@example.com',
  name: 'Alice',
  groups: ['finance', 'staff'],
  devices: ['laptop'],
  addresses: ['10.64.0.2', 'fd00:64::2'],
  expiresAt: null,
  flows: 1201,
};

export const LEASE: LeaseRecord = {
  host: 'bank.example.com',
  ipv4: '100.80.3.4',
  ipv6: null,
  real4: ['192.0.2.198'],
  real6: [],
  expiresAt: '2026-01-02T03:14:05.000Z',
  flows: 1,
};

export const DNS: DnsRecord = {
  cache: { entries: 12, bytes: 3400 },
  upstreams: [
    {
      server: 'tls://192.0.2.53:853#dns.example',
      domains: [],
      answers: 1200,
      answerMs: 12.4,
      failures: 2,
      lastFailure: { reason: 'certificate has expired', at: '2026-01-02T03:04:05.000Z' },
    },
    {
      server: '192.0.2.54:53',
      domains: ['corp.example'],
      answers: 0,
      answerMs: null,
      failures: 0,
      lastFailure: null,
    },
  ],
  failures: [
    {
      host: 'gone.example',
      type: 'A',
      reason: 'no upstream has answered',
      at: '2026-01-02T03:04:05.000Z',
      times: 3,
    },
  ],
  counters: { queriesUdp: 1234, blocked: 0 },
};

export const EGRESS: EgressRecord = {
  address: '203.0.113.9',
  uplink: 'wan',
  location: null,
  health: 'down',
  reason: 'no answer from icmp:192.0.2.53',
  since: '2026-01-02T03:04:05.000Z',
  isDefault: false,
  isShared: false,
  flows: 1,
  ports: { used: 1, shared: 0, capacity: 64_512 },
  rules: ['bank'],
};

export const EXPLANATION: Explanation = {
  facts: { 'net.fqdn.host': 'bank.example.com', 'net.dst.port': 443 },
  user: 'bob@example.com',
  lease: LEASE,
  rules: [
    {
      id: 'bank',
      name: 'finance reaches the bank',
      precedence: 1000,
      enabled: true,
      holds: false,
      parts: [
        { field: 'traffic', text: 'net.fqdn.host == "bank.example.com"', holds: true, because: [] },
        {
          field: 'identity',
          text: 'any(identity.groups[*].name in {"finance"})',
          holds: false,
          because: ['identity.groups[*].name is ["sales"]'],
        },
      ],
    },
  ],
  decidedBy: null,
  ipv4: {
    address: '198.51.100.1',
    method: 'default',
    role: 'default',
    uplink: 'wan',
    reason: 'no rule holds',
  },
  ipv6: null,
};

export function makeControl(change: Partial<GatewayControl> = {}): GatewayControl {
  return {
    status: async () => STATUS,
    metrics: async () => METRICS,
    flows: async (filter: FlowFilter) => (filter.host === 'none.example' ? [] : [FLOW]),
    clients: async ({ user }: ClientFilter) => (user === 'nobody@example.com' ? [] : [CLIENT]),
    users: async () => [USER],
    leases: () => [LEASE],
    dns: () => DNS,
    egress: async () => [EGRESS],
    rules: () => [{ id: '95d5-aa', name: 'bank', action: 'egress', precedence: 1000 }],
    lists: () => [{ id: 'a1', name: 'banks', type: 'DOMAIN', items: [{ value: 'bank.example.com' }] }],
    categories: () => [
      { id: 3, name: 'Business', description: '', class: 'free', beta: false, subcategories: [] },
    ],
    applicationTypes: () => [{ id: 1, name: 'AI', description: '', created_at: '2020-01-01T00:00:00Z' }],
    trace: () => ({ uplinks: ['wan'], stop: () => {} }),
    explain: async () => EXPLANATION,
    reload: async () => ({ rules: 1, lists: 1, needRestart: [], warnings: [] }),
    ...change,
  };
}
