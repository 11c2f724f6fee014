/**
 * A host that other programs change under a running gateway: rules of nftables and routing that go away, interfaces that
 * are made anew (FL-23). And two on-ramps, of which neither may speak for the other (FL-20).
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { run, runIn, tryRunIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { gatewayLogFile, startGateway } from './lab/gateway-process.ts';
import { readOracle } from './lab/oracle.ts';
import { CLIENT_ADDRESSES, EGRESS } from './lab/topology.ts';
import { waitUntil } from './lab/wait.ts';
import { lease, tryWhoami } from './support/clients.ts';
import { editYaml } from './support/edit-yaml.ts';
import { ipv4, PROTOCOL, udp } from './support/frames.ts';
import { captureAtSite } from './support/probe.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false });
const PATIENCE_MS = 15_000;
/** A guest on the second on-ramp, which is alice's second cable. */
const GUEST = '10.65.0.2';
const PROBE = 'probe.example.com';

function inGateway(command: string): string {
  return runIn(lab, 'gw', ['sh', '-ec', command]);
}

function plugGuest(): void {
  run([
    'ip',
    '-n',
    lab.namespaces.gw,
    'link',
    'add',
    'lan1',
    'type',
    'veth',
    'peer',
    'name',
    'guest0',
    'netns',
    lab.namespaces.alice,
  ]);
  inGateway('ip address add 10.65.0.1/24 dev lan1; ip link set lan1 up');
  runIn(lab, 'alice', ['sh', '-ec', `ip address add ${GUEST}/24 dev guest0; ip link set guest0 up`]);
}

beforeAll(async () => {
  plugGuest();
  inGateway('ip link add wan1 type veth peer name spare1; ip link set wan1 up; ip link set spare1 up');
  editYaml(gatewayFilesOf(lab).config, (config) => {
    config.onramps.push({ name: 'guests', interface: 'lan1', clients: ['10.65.0.0/24'] });
    config.uplinks.push({ name: 'spare', interface: 'wan1' });
  });
  await startGateway(lab);
});

describe('what other programs undo is there again, and nothing leaks meanwhile:', () => {
  test.each([
    [
      'all rules of nftables, as reloading most files of them does',
      'nft flush ruleset',
      'nft list tables | grep -c syngate_guard',
      '2',
    ],
    [
      'one table of the guard',
      'nft delete table netdev syngate_guard',
      'nft list tables | grep -c syngate_guard',
      '2',
    ],
    [
      'rules of routing',
      'ip rule del pref 5080 iif lan0; ip -6 rule del pref 5080 iif lan0',
      'ip rule | grep -c "iif lan0"',
      '1',
    ],
    [
      'the way into the TUN',
      'ip link set syngate0 down; ip link set syngate0 up',
      'ip route show table 5080 | grep -c syngate0',
      '1',
    ],
    [
      'an on-ramp, deleted and made anew',
      'ip link del lan1',
      'cat /proc/sys/net/ipv4/conf/lan1/forwarding',
      '1',
    ],
  ])('%s', async (what, undo, look, wanted) => {
    inGateway(undo);
    if (what.startsWith('an on-ramp')) plugGuest();
    await waitUntil(
      () => tryRunIn(lab, 'gw', ['sh', '-c', look]).stdout.trim() === wanted,
      PATIENCE_MS,
      () => `${what} is not there again: ${readFileSync(gatewayLogFile(lab), 'utf8').slice(-600)}`,
    );
    await untilReached();
    expect(readOracle(lab)).toMatchObject({ violations: 0 });
  });

  test('an uplink that changes does not wait for another one that is gone', async () => {
    inGateway('ip link del wan1; ip address add 198.51.100.77/32 dev wan0');
    await untilReached();
    await waitUntil(
      () => readFileSync(gatewayLogFile(lab), 'utf8').includes('"uplink":"wan"'),
      PATIENCE_MS,
      () => 'the change was not told',
    );
    inGateway('ip link add wan1 type veth peer name spare1; ip link set wan1 up; ip link set spare1 up');
    await waitUntil(
      () => inGateway('nft list table netdev syngate_guard').includes('device "wan1"'),
      PATIENCE_MS,
      () => 'the uplink that came back has no guard',
    );
  });
});

/** Resolves when alice reaches the bank from its address. */
function untilReached(): Promise<void> {
  return waitUntil(
    () => tryWhoami(lab, 'alice', 'bank.example.com', 2)?.address === EGRESS.primary,
    PATIENCE_MS,
    () => 'alice does not reach the bank',
  );
}

describe('a guest on another on-ramp', () => {
  const port = { own: 9, stolen: 7 };
  const packet = (source: string, to: string, destination: number) =>
    ipv4({ source, destination: to, protocol: PROTOCOL.udp, payload: udp(source, to, { destination }) });

  test("reaches what it may from its own address, and nothing with the address of a client of the other's (FL-20)", async () => {
    const to = lease(lab, 'alice', PROBE, 4);
    const link = Buffer.concat([macOf('gw', 'lan1'), macOf('alice', 'guest0'), Buffer.from([0x08, 0x00])]);
    const packets = [
      ...[CLIENT_ADDRESSES.alice.ipv4, CLIENT_ADDRESSES.bob.ipv4].map((source) =>
        packet(source, to, port.stolen),
      ),
      packet(GUEST, to, port.own),
    ];
    const input = `${packets.map((each) => Buffer.concat([link, each]).toString('hex')).join('\n')}\n`;
    const arrived = await captureAtSite(lab, {
      site: PROBE,
      last: `.${port.own}: `,
      act: () => {
        runIn(lab, 'alice', ['python3', `${import.meta.dirname}/support/send-frames.py`, 'guest0'], {
          input,
        });
      },
    });
    expect(arrived, arrived.join('\n')).toHaveLength(1);
    expect(inGateway('nft list counter inet syngate_guard refused_onramp')).toContain('packets 2 ');
  });
});

function macOf(host: 'gw' | 'alice', device: string): Buffer {
  const line = runIn(lab, host, ['cat', `/sys/class/net/${device}/address`]).trim();
  return Buffer.from(line.replaceAll(':', ''), 'hex');
}
