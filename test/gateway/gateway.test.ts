/** What a gateway does without a host: everything before `start`, and that nothing of it is needed to stop. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import type { Config } from '../../src/gateway/config/config.ts';
import { ControlService } from '../../src/gateway/control-service.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { GeolocationFiles } from '../../src/gateway/policy/geolocation-files.ts';
import { loadGatewayPolicy } from '../../src/gateway/policy/load-gateway-policy.ts';
import { PolicyFiles } from '../../src/gateway/policy/policy-files.ts';
import { ConfigError } from '../../src/report/errors.ts';
import { parseAddress, parsePrefix } from '../../src/wire/address.ts';
import { TemporaryFolder } from '../support/temporary-folder.ts';
import { makeConfig } from './host/host-fixture.ts';

const folder = new TemporaryFolder();
const policyFile = path.join(folder.path, 'policy.yaml');
const gateways: Gateway[] = [];

afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
});

function writePolicy(host: string, egress = '203.0.113.9'): void {
  writeFileSync(
    policyFile,
    `rules:
  - name: bank
    enabled: true
    action: egress
    traffic: net.fqdn.host == "${host}"
    rule_settings: { egress: { ipv4: ${egress}, ipv4_fallback: 198.51.100.1 } }
`,
  );
}

function configWith(change: Partial<Config> = {}): Config {
  const { egress } = makeConfig();
  return makeConfig({
    policyFile,
    runtimeDirectory: folder.path,
    storeFile: path.join(folder.path, 'state.db'),
    egress: {
      ...egress,
      defaultIpv4: parseAddress('198.51.100.1'),
      defaultIpv6: parsePrefix('2001:db8:9::/64'),
    },
    ...change,
  });
}

/** `next` is what the configuration says when it is read again. */
function makeGateway(next: () => Config = configWith): Gateway {
  const config = configWith();
  const policyFiles = new PolicyFiles();
  const gateway = new Gateway({
    config,
    policy: loadGatewayPolicy(config, policyFiles),
    policyFiles,
    geo: new GeolocationFiles(config.geolocation),
    readConfig: next,
    log: pino({ enabled: false }),
    onFailure: (error) => {
      throw error;
    },
  });
  gateways.push(gateway);
  return gateway;
}

function look(gateway: Gateway): ControlService {
  return new ControlService(gateway);
}

async function addressFor(gateway: Gateway, host: string): Promise<string | null | undefined> {
  return (await look(gateway).explain({ host })).ipv4?.address;
}

describe('Gateway', () => {
  test('can be stopped before it was started, as when the host could not be set up', async () => {
    writePolicy('bank.example.com');
    await expect(makeGateway().stop()).resolves.toBeUndefined();
  });

  test('answers what it is asked before there is a datapath', async () => {
    writePolicy('bank.example.com');
    const gateway = makeGateway();
    expect(await look(gateway).flows({})).toEqual([]);
    expect(await look(gateway).clients({})).toEqual([]);
    expect(await look(gateway).users()).toEqual([]);
    expect(look(gateway).leases()).toEqual([]);
    expect(look(gateway).rules()).toMatchObject([{ name: 'bank', precedence: 1000 }]);
    expect(await look(gateway).egress()).toMatchObject([
      { address: '203.0.113.9', health: 'unproven', isDefault: false, rules: [look(gateway).rules()[0]?.id] },
      { address: '198.51.100.1', isDefault: true, rules: [look(gateway).rules()[0]?.id] },
      { address: '2001:db8:9::/64', isDefault: true, rules: [], flows: 0 },
    ]);
  });

  test('takes up a policy that has changed, and keeps the ids of its rules', async () => {
    writePolicy('bank.example.com');
    const gateway = makeGateway();
    const [before] = look(gateway).rules();
    writePolicy('other.example.com');
    const { generation } = gateway.frontState;
    expect(await gateway.reload()).toMatchObject({ rules: 1, needRestart: [] });
    expect(gateway.frontState.generation).toBeGreaterThan(generation);
    expect(look(gateway).rules()).toMatchObject([{ id: before?.id }]);
    expect(await addressFor(gateway, 'other.example.com')).toBe('203.0.113.9');
    expect(await addressFor(gateway, 'bank.example.com')).toBe('198.51.100.1');
  });

  test.each([
    ['a policy that is wrong', () => writePolicy('bank.example.com', '192.0.2.1'), configWith],
    [
      'a configuration that is wrong',
      () => writePolicy('other.example.com'),
      () => {
        throw new ConfigError([{ file: 'config.yaml', field: 'tun', message: 'Cannot use it' }]);
      },
    ],
    [
      'a file that is not there',
      () => writePolicy('other.example.com'),
      () => configWith({ policyFile: path.join(folder.path, 'nowhere.yaml') }),
    ],
  ])('stays as it was when it reads %s (FL-28)', async (_what, change, next) => {
    writePolicy('bank.example.com');
    const gateway = makeGateway(next);
    const before = gateway.policyLoadedAt;
    change();
    await expect(gateway.reload()).rejects.toBeInstanceOf(ConfigError);
    expect(await addressFor(gateway, 'bank.example.com')).toBe('203.0.113.9');
    expect(gateway.policyLoadedAt).toBe(before);
  });

  test('says what of a new configuration waits for the next start, and goes on with the old', async () => {
    writePolicy('bank.example.com');
    const gateway = makeGateway(() => configWith({ tun: { name: 'other0', mtu: 1400 } }));
    expect(await gateway.reload()).toMatchObject({ needRestart: ['tun'] });
    expect(gateway.config.tun.name).toBe('syngate0');
  });

  test('gives clients the same addresses of an IPv6 range after a restart', async () => {
    writePolicy('bank.example.com');
    const ask = async () =>
      (await look(makeGateway()).explain({ host: 'bank.example.com', source: '10.64.0.2' })).ipv6?.address;
    const first = await ask();
    expect(first).toMatch(/^2001:db8:9:/);
    expect(await ask()).toBe(first);
  });
});
