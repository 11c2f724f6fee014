/** The devices on a real kernel: conformance, then whole paths through a forwarder (netns-tests/device/). */
import { constants } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { BATCH_CAPACITY } from '../src/device/packet-batch.ts';
import { CONFORMANCE } from '../test/device/device-conformance.ts';
import { ForwarderProcess } from './device/forwarder-process.ts';
import type { CaseResult } from './device/real-devices.ts';
import {
  awaitUplink,
  configureTun,
  inside,
  ipBatch,
  NAMESPACES,
  nft,
  raise,
  remove,
} from './device/two-namespaces.ts';
import { run, tryRun } from './lab/command.ts';

const { gateway, internet } = NAMESPACES;
const IPERF_TIMEOUT_MS = 30_000;
const TRANSFER_BYTES = 96 << 20;
/** Of the last iperf3: each has one of its own, since whether an earlier one has ended is its own affair. */
let port = 5201;

describe('Real devices', () => {
  const namespace = `sg-dev-${process.pid}-r`;
  let results: CaseResult[];

  beforeAll(() => {
    run(['ip', 'netns', 'add', namespace]);
    const program = new URL('device/real-devices.ts', import.meta.url).pathname;
    const lines = inside(namespace, [process.execPath, program]).trim().split('\n');
    results = lines.map((line) => JSON.parse(line));
  });
  afterAll(() => tryRun(['ip', 'netns', 'delete', namespace]));

  function resultOf(group: string, name: string): CaseResult | undefined {
    return results.find((result) => result.group === group && result.name === name);
  }

  const devices = [
    'TunDevice',
    'PacketSocketDevice',
    'PacketSocketDevice without frames, which sends',
    'PacketSocketDevice without frames, which receives',
  ];
  describe.each(devices)('%s', (device) => {
    it.each(CONFORMANCE)('$name', ({ name }) => {
      expect(resultOf(device, name)).toEqual({ group: device, name });
    });
  });

  describe('PacketSocketDevice of plain packets', () => {
    it.each(CONFORMANCE.filter((each) => each.needsSuperPackets !== true))('$name', ({ name }) => {
      const group = 'PacketSocketDevice of plain packets';
      expect(resultOf(group, name)).toEqual({ group, name });
    });

    it('refuses what the kernel would have to finish, and that alone', () => {
      const { EINVAL } = constants.errno;
      expect(valuesOf('plain packets')).toEqual({ errors: [EINVAL, EINVAL, 0] });
    });
  });

  it('KERNEL_FEATURES finds on this kernel what the gateway cannot do without', () => {
    const { tunUdpSegmentation, ...needed } = valuesOf('features');
    expect(needed).toEqual({
      tun: true,
      tunVnetHeader: true,
      tunMultiQueue: true,
      tunSteering: true,
      packetVnetHeader: true,
      packetIgnoreOutgoing: true,
    });
    const taken = { segmentation: true, udpSegmentation: tunUdpSegmentation };
    expect(resultOf('offloads', 'taken')?.value).toEqual(taken);
  });

  it('PacketSocketDevice sees no frame of another VLAN or machine', () => {
    expect(valuesOf('frames')).toEqual({
      'of VLAN 5': [200],
      'with a priority tag': [100, 200],
      'for another machine': [200],
    });
  });

  it('PacketSocketDevice counts the frames that nobody fetched in time (FL-43)', () => {
    const counts = { someLost: true, lostAndKept: BATCH_CAPACITY, lostSince: 0 };
    expect(valuesOf('frames lost')).toEqual({ 'small buffer': counts });
  });

  it.each([
    ['held', 'Cannot open TUN ta: TUNSETIFF: Device or resource busy (EBUSY)'],
    ['other kind', 'Cannot open TUN ta: TUNSETIFF: Invalid argument (EINVAL)'],
    ['ta', 'Cannot open a packet socket on ta: link type: Operation not supported (ENOTSUP)'],
    ['va', 'Cannot open a packet socket on va: link type: Operation not supported (ENOTSUP)'],
    ['nowhere', 'Cannot open a packet socket on nowhere: there is no such interface'],
  ])('an open that cannot be (%s) says why', (name, message) => {
    expect(resultOf('refusals', name)?.error).toBe(message);
  });

  it('removeTun takes a persistent TUN away, and one that is not there without complaint', () => {
    expect(resultOf('refusals', 'removed')).toMatchObject({ value: false });
  });

  it('TunDevice opens several queues of one interface', () => {
    expect(resultOf('refusals', 'queues')).toMatchObject({ value: 2 });
  });

  it('TunDevice brings all packets of a source address by one queue, and several addresses by several', () => {
    const queuesOf = resultOf('queues', 'steered')?.value;
    expect(queuesOf).toHaveLength(8);
    expect(queuesOf).toEqual(Array(8).fill([expect.any(Number)]));
    expect(new Set(JSON.stringify(queuesOf).match(/\d/g)).size).toBeGreaterThan(1);
  });

  function valuesOf(group: string): Record<string, unknown> {
    return Object.fromEntries(
      results.filter((r) => r.group === group).map(({ name, value }) => [name, value]),
    );
  }
});

describe('A forwarder of TUN and uplink', () => {
  let forwarder: ForwarderProcess;

  beforeEach(raise);
  afterEach(async () => {
    try {
      await forwarder.kill();
    } finally {
      remove();
    }
  });

  async function start(options: Parameters<typeof ForwarderProcess.start>[0] = {}): Promise<void> {
    forwarder = await ForwarderProcess.start(options);
    configureTun();
  }

  it('carries echo requests and replies of both IP versions', async () => {
    await start();
    expect(ping('10.9.0.2')).toBe(3);
    expect(ping('fd09::2')).toBe(3);
    const { up, down } = await forwarder.stop();
    expect(up).toMatchObject({ lost: 0, guardRefused: 0 });
    expect(down.packets).toBeGreaterThanOrEqual(6);
  });

  it.each([
    ['up', '10.9.0.2', []],
    ['up', 'fd09::2', []],
    ['down', '10.9.0.2', ['-R']],
    ['down', 'fd09::2', ['-R']],
  ] as const)('carries TCP as super-packets %s, to %s', async (direction, address, options) => {
    await start();
    transfer(address, options);
    const seen = (await forwarder.stop())[direction];
    expect(seen.superPackets).toBeGreaterThan(100);
    expect(seen.longest).toBeGreaterThan(15_000);
  });

  it('carries TCP from a peer and a client without any offload', async () => {
    await start();
    const off = ['tx', 'off', 'sg', 'off', 'tso', 'off', 'gso', 'off', 'gro', 'off'];
    inside(internet, ['ethtool', '-K', 'eth0', ...off]);
    inside(gateway, ['ethtool', '-K', 'up0', ...off]);
    transfer('10.9.0.2', []);
    transfer('10.9.0.2', ['-R']);
    const { down } = await forwarder.stop();
    expect(down.longest).toBeLessThanOrEqual(1500);
  });

  it('counts what the nftables guard refuses, and goes on', async () => {
    await start();
    nft('table netdev guard { chain up0 { type filter hook egress device up0 priority 0; policy drop; }; }');
    expect(ping('10.9.0.2')).toBe(0);
    nft('delete table netdev guard');
    expect(ping('10.9.0.2')).toBe(3);
    const { up } = await forwarder.stop();
    expect(up.guardRefused).toBeGreaterThanOrEqual(3);
    expect(up.lost).toBe(up.guardRefused);
  });

  it('names the packets that exceed the MTU of the uplink', async () => {
    await start();
    ipBatch(gateway, ['link set tun0 mtu 9000']);
    tryRun(['ip', 'netns', 'exec', gateway, 'ping', '-c1', '-W1', '-Mdo', '-s4000', '10.9.0.2']);
    expect((await forwarder.stop()).up).toMatchObject({ lost: 1, tooBig: 1 });
  });

  it('survives an uplink that goes down and comes up again, without spinning', async () => {
    await start();
    ipBatch(gateway, ['link set up0 down']);
    expect(ping('10.9.0.2')).toBe(0);
    ipBatch(gateway, ['link set up0 up']);
    awaitUplink();
    expect(ping('10.9.0.2')).toBe(3);
    const { up, waits, uplinkThere } = await forwarder.stop();
    expect(up.lost).toBeGreaterThanOrEqual(3);
    expect(waits).toBeLessThan(100);
    expect(uplinkThere).toBe(true);
  });

  it('survives the removal of its uplink, without spinning, and still wakes', async () => {
    await start();
    expect(ping('10.9.0.2')).toBe(3);
    const before = forwarder.processorSeconds;
    ipBatch(gateway, ['link delete up0']);
    expect(ping('10.9.0.2')).toBe(0);
    expect(forwarder.processorSeconds - before).toBeLessThan(0.2);
    expect(await forwarder.stop()).toMatchObject({ uplinkThere: false, up: { guardRefused: 0 } });
  });

  it('attaches again to the persistent TUN of one that was killed', async () => {
    await start({ persist: true });
    expect(ping('10.9.0.2')).toBe(3);
    await forwarder.kill();
    expect(inside(gateway, ['ip', '-o', 'addr', 'show', 'dev', 'tun0'])).toContain('10.9.0.1/24');
    expect(ping('10.9.0.2')).toBe(0);
    await start({ persist: true });
    expect(ping('10.9.0.2')).toBe(3);
    await forwarder.stop();
  });
});

/** Echo replies to three requests. */
function ping(address: string): number {
  const command = ['ip', 'netns', 'exec', gateway, 'ping', '-c3', '-i0.1', '-W1', address];
  return Number(/(\d+) received/.exec(tryRun(command).stdout)?.[1]);
}

/** Moves bytes between tun0 and the internet's iperf3, which counts as sent what still waits in buffers at the end. */
function transfer(address: string, options: readonly string[]): void {
  const place = ['--port', String(++port)];
  run(['ip', 'netns', 'exec', internet, 'iperf3', '--server', '--one-off', '--daemon', ...place]);
  awaitListener();
  const client = ['ip', 'netns', 'exec', gateway, 'iperf3', '--json', '--connect-timeout', '3000'];
  const command = [...client, '--client', address, ...place, '--bytes', String(TRANSFER_BYTES), ...options];
  const { end } = JSON.parse(tryRun(command, { timeoutMs: IPERF_TIMEOUT_MS }).stdout);
  expect(end.sum_sent.bytes).toBeGreaterThanOrEqual(TRANSFER_BYTES);
  expect(end.sum_received.bytes).toBeGreaterThan(TRANSFER_BYTES / 2);
}

/** It listens some time after it has gone to the background. */
function awaitListener(): void {
  const deadline = performance.now() + IPERF_TIMEOUT_MS;
  while (!inside(internet, ['ss', '-Hltn']).includes(`:${port} `))
    if (performance.now() > deadline) throw new Error(`Cannot transfer: nobody listens at port ${port}`);
}
