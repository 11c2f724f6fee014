import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { draftConfig } from '../../../src/gateway/config/draft-config.ts';
import { loadConfig } from '../../../src/gateway/config/load-config.ts';
import type { MachineSurvey } from '../../../src/gateway/host/survey-machine.ts';
import {
  type Address,
  formatAddress,
  formatPrefix,
  type Prefix,
  parseAddress,
  parsePrefix,
} from '../../../src/wire/address.ts';
import { TemporaryFolder } from '../../support/temporary-folder.ts';

const folder = new TemporaryFolder().path;

const NOTHING: MachineSurvey = { uplinks: [], onramps: [], nameServers: [] };
const ROUTER: MachineSurvey = {
  uplinks: [
    { interface: 'wan0', addresses: [ip('198.51.100.1'), ip('2001:db8:1::1')] },
    { interface: 'wan1', addresses: [ip('203.0.113.77')] },
  ],
  onramps: [{ interface: 'lan0', networks: [net('10.64.0.0/24'), net('fd00:64::/64')] }],
  nameServers: [ip('192.0.2.53'), ip('2001:db8:2::53')],
};

describe('draftConfig', () => {
  test('writes what was found into a configuration that can be loaded', () => {
    const config = load(draftConfig(ROUTER));
    expect(config.onramps).toMatchObject([{ name: 'lan0', interface: 'lan0' }]);
    expect(config.onramps[0]?.clients.map(formatPrefix)).toEqual(['10.64.0.0/24', 'fd00:64::/64']);
    expect(config.uplinks).toMatchObject([
      { name: 'wan0', hostPorts: [22] },
      { name: 'wan1', hostPorts: [22] },
    ]);
    expect(config.egress.addresses.map(({ prefix, uplink }) => [formatPrefix(prefix), uplink])).toEqual([
      ['198.51.100.1/32', 'wan0'],
      ['2001:db8:1::1/128', 'wan0'],
      ['203.0.113.77/32', 'wan1'],
    ]);
    expect(config.egress.defaultIpv4 && formatAddress(config.egress.defaultIpv4)).toBe('198.51.100.1');
    expect(config.egress.defaultIpv6 && formatPrefix(config.egress.defaultIpv6)).toBe('2001:db8:1::1/128');
  });

  test('lets a private name server be reached, and a loopback one needs no leave', () => {
    const nameServers = ['192.168.1.1', 'fd00::53', '127.0.0.53', '192.0.2.53'].map(ip);
    const [uplink] = load(draftConfig({ ...ROUTER, nameServers })).uplinks;
    expect(uplink?.allowDestinations.map(formatPrefix)).toEqual(['192.168.1.1/32', 'fd00::53/128']);
  });

  test('calls an interface with a dot by a name without one', () => {
    const vlans = {
      ...ROUTER,
      uplinks: [{ interface: 'eth0.100', addresses: [ip('198.51.100.1')] }],
      onramps: [{ interface: 'eth0.200', networks: [net('10.64.0.0/24')] }],
    };
    const config = load(draftConfig(vlans));
    expect(config.uplinks).toMatchObject([{ name: 'eth0-100', interface: 'eth0.100' }]);
    expect(config.onramps).toMatchObject([{ name: 'eth0-200', interface: 'eth0.200' }]);
    expect(config.egress.addresses).toMatchObject([{ uplink: 'eth0-100' }]);
  });

  test('marks no line of what it found', () => {
    expect(draftConfig(ROUTER)).not.toMatch(/^[^#].*CHANGE/m);
  });

  test('writes examples that can be loaded where nothing was found, each marked', () => {
    const text = draftConfig(NOTHING);
    expect(() => load(text)).not.toThrow();
    expect(text.match(/^[^#].*# CHANGE$/gm)).toHaveLength(5);
  });
});

function load(text: string) {
  const file = path.join(folder, 'config.yaml');
  writeFileSync(file, text);
  return loadConfig(file);
}

function ip(text: string): Address {
  return parseAddress(text) ?? expect.fail(`no address: ${text}`);
}

function net(text: string): Prefix {
  return parsePrefix(text) ?? expect.fail(`no prefix: ${text}`);
}
