/** What a gateway tells monitoring, held to docs/metrics.md. The gateway is a real one that has not been started. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import { afterAll, describe, expect, test } from 'vitest';
import type { Config } from '../../../src/gateway/config/config.ts';
import { Gateway } from '../../../src/gateway/gateway.ts';
import { collectMetrics } from '../../../src/gateway/metrics/collect-metrics.ts';
import { GuardMetrics } from '../../../src/gateway/metrics/guard-metrics.ts';
import { GeolocationFiles } from '../../../src/gateway/policy/geolocation-files.ts';
import { loadGatewayPolicy } from '../../../src/gateway/policy/load-gateway-policy.ts';
import { PolicyFiles } from '../../../src/gateway/policy/policy-files.ts';
import { DROP_REASONS } from '../../../src/report/drop-reason.ts';
import { ConfigError } from '../../../src/report/errors.ts';
import { formatMetrics } from '../../../src/report/format-metrics.ts';
import type { Metric, Sample } from '../../../src/report/metric.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { addressBytes } from '../../support/address-text.ts';
import { parseMetrics } from '../../support/parse-metrics.ts';
import { TemporaryFolder } from '../../support/temporary-folder.ts';
import { makeConfig } from '../host/host-fixture.ts';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../../docs/metrics.md'), 'utf8');
const folder = new TemporaryFolder();
const gateways: Gateway[] = [];

afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
});

const UPSTREAM = { address: addressBytes('192.0.2.53'), port: 443 };
const secure = (secret: string) => ({ kind: 'https', name: 'dns.example', path: `/${secret}` }) as const;

/** `readConfig` is for reloads. */
function makeGateway(change: Partial<Config> = {}, readConfig = () => makeConfig()): Gateway {
  const base = makeConfig();
  const config = makeConfig({
    runtimeDirectory: folder.path,
    storeFile: path.join(folder.path, `state-${gateways.length}.db`),
    resolver: {
      ...base.resolver,
      upstreams: [
        { ...UPSTREAM, transport: secure('key-one') },
        { ...UPSTREAM, transport: secure('key-two') },
      ],
      forward: [{ domains: ['corp.example', 'b.example'], upstreams: [{ ...UPSTREAM, port: 53 }] }],
    },
    limits: { ...base.limits, workers: 2 },
    ...change,
  });
  const policyFiles = new PolicyFiles();
  const gateway = new Gateway({
    config,
    policy: loadGatewayPolicy(config, policyFiles),
    policyFiles,
    geo: new GeolocationFiles(config.geolocation),
    readConfig,
    log: pino({ enabled: false }),
    onFailure: (error) => {
      throw error;
    },
  });
  gateways.push(gateway);
  return gateway;
}

const GUARD = {
  refusedSource: 1,
  refusedDestination: 2,
  refusedInput: 3,
  refusedForward: 4,
  refusedOnramp: 5,
};

async function collectAll(gateway: Gateway): Promise<Metric[]> {
  const guard = new GuardMetrics(
    async () => GUARD,
    () => 0,
  );
  return [...collectMetrics(gateway), ...(await guard.collect())];
}

function samplesOf(gateway: Gateway, name: string): readonly Sample[] {
  return collectMetrics(gateway).find((metric) => metric.name === name)?.samples ?? [];
}

/** By the value of one label. */
function byLabel(gateway: Gateway, name: string, label: string): Record<string, number> {
  return Object.fromEntries(samplesOf(gateway, name).map(({ labels, value }) => [labels[label], value]));
}

/** The names that docs/metrics.md explains, with their types and labels. */
const DOCUMENTED = PAGE.split('\n').flatMap((line) => {
  const [, name = '', type = '', labels = ''] = /^\| `([a-z_]+)` \| (\w+) \|([^|]*)\|/.exec(line) ?? [];
  if (name === '') return [];
  // The values of the last label come behind a colon.
  const [names = ''] = labels.split(':');
  const keys = [...names.matchAll(/`(\w+)`/g)].map(([, key = '']) => key);
  return [{ name, type, keys }];
});

describe('collectMetrics', () => {
  test('has what docs/metrics.md explains, each once, and nothing else (G10)', async () => {
    const metrics = await collectAll(makeGateway());
    const told = metrics.map(({ name, type }) => `${name} ${type}`);
    expect(told.toSorted()).toEqual(DOCUMENTED.map(({ name, type }) => `${name} ${type}`).toSorted());
    expect(new Set(told).size).toBe(told.length);
  });

  test('has the labels that docs/metrics.md names, and so none for clients, users or names', async () => {
    const gateway = makeGateway();
    gateway.resolver.counters.byRcode[0] = 1;
    const metrics = await collectAll(gateway);
    for (const { name, keys } of DOCUMENTED) {
      const { samples = [] } = metrics.find((metric) => metric.name === name) ?? {};
      for (const { labels } of samples) expect(Object.keys(labels), name).toEqual(keys);
    }
  });

  test.each(['prometheus', 'openmetrics'] as const)(
    'can be parsed in %s, and counters end in _total',
    async (format) => {
      const metrics = await collectAll(makeGateway());
      const families = parseMetrics(formatMetrics(metrics, format), format);
      expect(families.size).toBe(metrics.length);
      for (const { name, type, help } of metrics) {
        expect(name.endsWith('_total')).toBe(type === 'counter');
        expect(help).toMatch(/^[^\n]+[^.\n]$/);
      }
    },
  );

  test('counts drops for every reason of the closed list, over all workers (G10, FL-02, FL-27)', () => {
    const gateway = makeGateway();
    for (const [number, reason] of DROP_REASONS.entries())
      for (const worker of gateway.counters.workers)
        for (let count = 0; count < number; count++) worker.drop(reason);
    const expected = DROP_REASONS.map((reason, number) => [reason, number * 2]);
    expect(byLabel(gateway, 'syngate_dropped_packets_total', 'reason')).toEqual(Object.fromEntries(expected));
  });

  test('counts what was carried, by side and by worker', () => {
    const gateway = makeGateway();
    const [first, second] = gateway.counters.workers;
    first?.add('packetsOut', 3);
    second?.add('packetsOut', 4);
    second?.add('packetsIn', 10);
    expect(byLabel(gateway, 'syngate_packets_total', 'from')).toEqual({ clients: 7, internet: 10 });
    expect(byLabel(gateway, 'syngate_worker_packets_total', 'worker')).toEqual({ 0: 3, 1: 14 });
  });

  test('shows each egress address with its health and its ports', () => {
    const gateway = makeGateway();
    gateway.natUse.addPorts(1, 60_000, 12, 64_512);
    expect(byLabel(gateway, 'syngate_egress_ports_used', 'egress')).toEqual({
      '203.0.113.9': 0,
      '198.51.100.1': 60_000,
      '2001:db8:9::/64': 0,
    });
    expect(samplesOf(gateway, 'syngate_egress_ports_shared')[1]).toEqual({
      labels: { egress: '198.51.100.1', uplink: 'wan' },
      value: 12,
    });
    gateway.health.health.set(0, 'down');
    const states = samplesOf(gateway, 'syngate_egress_health').filter(({ value }) => value === 1);
    expect(states.map(({ labels }) => labels.state)).toEqual(['down', 'unproven', 'unproven']);
  });

  test('shows the pool of leases, and that they are not kept on disk when they are not (FL-31)', () => {
    const gateway = makeGateway();
    // Of a /16 two slots are never leased, and one is the resolver's. Spare ones rest after a start.
    const [spare, others] = [4096, 65_536 - 3 - 4096];
    expect(samplesOf(gateway, 'syngate_leases_usable')[0]?.value).toBe(spare + others);
    const states = () => byLabel(gateway, 'syngate_leases', 'state');
    expect(states()).toEqual({ live: 0, resting: spare, free: others, spare: 0 });
    gateway.leaseIssuer.pool.sweep(systemClock() + 24 * 3_600_000);
    expect(states()).toEqual({ live: 0, resting: 0, free: others, spare });
    expect(samplesOf(gateway, 'syngate_leases_kept')).toEqual([{ labels: {}, value: 1 }]);
    const file = folder.write('no-folder', '');
    const broken = makeGateway({ storeFile: path.join(file, 'state.db') });
    expect(samplesOf(broken, 'syngate_leases_kept')).toEqual([{ labels: {}, value: 0 }]);
  });

  test('names upstreams once, and without the path, which may be a key (FL-40)', async () => {
    const gateway = makeGateway();
    expect(samplesOf(gateway, 'syngate_dns_upstream_failures').map(({ labels }) => labels)).toEqual([
      { server: 'https://192.0.2.53:443#dns.example', zone: '.' },
      { server: '192.0.2.53:53', zone: 'corp.example' },
    ]);
    expect(formatMetrics(await collectAll(gateway), 'prometheus')).not.toMatch(/key-/);
  });

  test('tells how reloads went', async () => {
    let readConfig = () => makeConfig();
    const gateway = makeGateway({}, () => readConfig());
    expect(samplesOf(gateway, 'syngate_last_reload_successful')[0]?.value).toBe(1);
    await gateway.reload();
    readConfig = () => {
      throw new ConfigError([{ file: 'config.yaml', field: 'tun', message: 'Cannot use it' }]);
    };
    await expect(gateway.reload()).rejects.toThrow('Cannot use it');
    expect(byLabel(gateway, 'syngate_reloads_total', 'result')).toEqual({ success: 1, failure: 1 });
    expect(samplesOf(gateway, 'syngate_last_reload_successful')[0]?.value).toBe(0);
    readConfig = () => makeConfig();
    await gateway.reload();
    expect(samplesOf(gateway, 'syngate_last_reload_successful')[0]?.value).toBe(1);
  });
});

describe('GuardMetrics', () => {
  test('asks the kernel at most every 5 s, however often one scrapes (FL-42)', async () => {
    let [nowMs, asked] = [0, 0];
    const guard = new GuardMetrics(
      async () => ({ ...GUARD, refusedSource: asked++ }),
      () => nowMs,
    );
    const source = async () => (await guard.collect())[0]?.samples[0]?.value;
    expect([await source(), await source()]).toEqual([0, 0]);
    nowMs = 5_000;
    expect([await source(), await source()]).toEqual([1, 1]);
  });

  test('has nothing when the kernel does not tell, and asks again', async () => {
    let nowMs = 0;
    const guard = new GuardMetrics(
      async () => {
        if (nowMs === 0) throw new Error('Cannot run nft');
        return GUARD;
      },
      () => nowMs,
    );
    expect(await guard.collect()).toEqual([]);
    nowMs = 5_000;
    expect(await guard.collect()).toHaveLength(1);
  });
});
