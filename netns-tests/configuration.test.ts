/** A configuration that is wrong is refused before anything on the host changes; `syngate down` takes everything away. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type CommandResult, runIn, tryRunIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { gatewayPid, killGateway, SYNGATE, startGateway, stopGateway } from './lab/gateway-process.ts';
import { EGRESS } from './lab/topology.ts';
import { whoami } from './support/clients.ts';
import { type NetworkState, networkState } from './support/machine-state.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false });
const files = gatewayFilesOf(lab);
const REFUSED = 2;

let untouched: NetworkState;
beforeAll(() => {
  untouched = networkState(lab.namespaces.gw);
});

describe('a wrong configuration', () => {
  test.each([
    [
      'an address that is none',
      'address: 203.0.113.9,',
      'address: 203.0.113.999,',
      /config\.yaml:\d+:\d+.*203\.0\.113\.999/,
    ],
    ['an unknown key', 'onramps:', 'onramp:', /config\.yaml:\d+:\d+.*onramp\b/],
    [
      'an uplink that nobody defined',
      `${EGRESS.other}, uplink: wan`,
      `${EGRESS.other}, uplink: wam`,
      /config\.yaml:\d+:\d+.*wam/,
    ],
    [
      'a default egress address we do not own',
      `default: { ipv4: ${EGRESS.default4}`,
      'default: { ipv4: 203.0.113.77',
      /config\.yaml:\d+:\d+.*203\.0\.113\.77/,
    ],
    ['broken YAML', 'tun: { name: syngate0 }', 'tun: { name: syngate0', /config\.yaml:\d+:\d+/],
  ])(
    'with %s is refused by run and by check, and nothing on the host changes',
    (_what, right, wrong, message) => {
      const config = writeVariant('config.yaml', right, wrong);
      for (const command of ['run', 'check']) expectRefused(syngate(command, '-c', config), message);
    },
  );

  test.each([
    [
      'an expression that does not parse',
      'net.fqdn.host == "twin',
      'net.fqdn.host = "twin',
      /policy\.yaml:\d+:\d+/,
    ],
    [
      'a rule with an address we do not own',
      '{ ipv4: 198.51.100.20,',
      '{ ipv4: 198.51.100.21,',
      /policy\.yaml:\d+:\d+.*198\.51\.100\.21/,
    ],
    ['a device of an unknown user', 'user: bob@', 'user: rob@', /policy\.yaml:\d+:\d+.*rob@acme\.example/],
  ])('whose policy has %s is refused likewise', (_what, right, wrong, message) => {
    const policy = writeVariant('policy.yaml', right, wrong);
    const config = writeVariant('config.yaml', 'policy: policy.yaml', `policy: ${policy}`);
    for (const command of ['run', 'check']) expectRefused(syngate(command, '-c', config), message);
  });

  test('that names an interface the host has not is refused', () => {
    const config = writeVariant('config.yaml', 'interface: wan0', 'interface: wan9');
    const { status, stderr } = syngate('run', '-c', config);
    expect(status).not.toBe(0);
    expect(stderr).toContain('wan9');
    expect(networkState(lab.namespaces.gw)).toEqual(untouched);
  });
});

describe('init', () => {
  test('writes a configuration that check accepts from what the machine has, touches nothing else, and overwrites nothing', () => {
    const file = path.join(lab.directory, 'init.yaml');
    expect(syngate('init', '-c', file)).toMatchObject({ status: 0 });
    expect(statSync(file).mode & 0o777, 'the service has a user of its own').toBe(0o644);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(`name: lan0, interface: lan0, clients: ["10.64.0.0/24", "fd00:64::/64"]`);
    expect(text).toContain(`{ address: "${EGRESS.default4}", uplink: wan0 }`);
    expect(syngate('check', '-c', file)).toMatchObject({ status: 0 });
    expectRefused(syngate('init', '-c', file), /Cannot write .*init\.yaml/);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('offers no TUN as an on-ramp, such as that of a gateway that was here before', () => {
    runIn(lab, 'gw', ['ip', 'tuntap', 'add', 'dev', 'left0', 'mode', 'tun']);
    runIn(lab, 'gw', ['ip', 'address', 'add', '100.80.0.1/32', 'dev', 'left0']);
    const file = path.join(lab.directory, 'init-beside-tun.yaml');
    const written = syngate('init', '-c', file);
    runIn(lab, 'gw', ['ip', 'link', 'del', 'dev', 'left0']);
    expect(written).toMatchObject({ status: 0 });
    expect(readFileSync(file, 'utf8')).not.toContain('left0');
    expect(syngate('check', '-c', file)).toMatchObject({ status: 0 });
  });
});

describe('down', () => {
  afterEach(() => syngate('down', '-c', files.config));

  test.each([
    ['SIGTERM', stopGateway],
    ['kill -9', killGateway],
  ])('after %s gives the host back as it was', async (_how, end) => {
    await startGateway(lab);
    expect(networkState(lab.namespaces.gw)).not.toEqual(untouched);
    await end(lab);
    expect(networkState(lab.namespaces.gw), 'the guard stays while the gateway is dead').not.toEqual(
      untouched,
    );
    expect(syngate('down', '-c', files.config)).toMatchObject({ status: 0 });
    expect(networkState(lab.namespaces.gw)).toEqual(untouched);
    expect(syngate('down', '-c', files.config), 'down twice is down once').toMatchObject({ status: 0 });
  });

  test('is undone by a start, and a start over what a killed gateway left is like the first', async () => {
    await startGateway(lab);
    const running = networkState(lab.namespaces.gw);
    await killGateway(lab);
    await startGateway(lab);
    expect(stableParts(networkState(lab.namespaces.gw))).toEqual(stableParts(running));
    expect(whoami(lab, 'alice', 'bank.example.com').address).toBe(EGRESS.primary);
    await stopGateway(lab);
    expect(gatewayPid(lab)).toBeUndefined();
  });
});

/** The lab's file with one thing changed, under the same base name in a folder of its own. */
function writeVariant(name: 'config.yaml' | 'policy.yaml', right: string, wrong: string): string {
  const original = readFileSync(name === 'config.yaml' ? files.config : files.policy, 'utf8');
  expect(original).toContain(right);
  const text = original.replace(right, wrong).replace('policy: policy.yaml', `policy: ${files.policy}`);
  const file = path.join(lab.directory, 'variant', name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function syngate(...args: string[]): CommandResult {
  return tryRunIn(lab, 'gw', [SYNGATE, ...args], { timeoutMs: 15_000 });
}

function expectRefused({ status, stdout, stderr }: CommandResult, message: RegExp): void {
  expect({ status, output: stdout + stderr }).toMatchObject({
    status: REFUSED,
    output: expect.stringMatching(message),
  });
  expect(networkState(lab.namespaces.gw)).toEqual(untouched);
}

/** Without the interface numbers and random link-local addresses that a new TUN gets. */
function stableParts({ rules4, rules6, routes4, nftables, sysctls }: NetworkState): object {
  return { rules4, rules6, routes4, nftables, sysctls };
}
