/**
 * A child of device.test.ts, run inside a namespace of its own: tries the real devices without a forwarder between and
 * prints one line of JSON per case. Makes its interfaces itself; they vanish with the namespace.
 */

import { KERNEL_FEATURES } from '../../src/device/kernel-feature.ts';
import { LinkHeaders } from '../../src/device/link-headers.ts';
import { PacketBatch, SendList } from '../../src/device/packet-batch.ts';
import { type LinkContent, PacketSocketDevice } from '../../src/device/packet-socket-device.ts';
import { removeTun, TunDevice } from '../../src/device/tun-device.ts';
import { parseMac } from '../../src/wire/mac-address.ts';
import { CONFORMANCE, type DevicePair } from '../../test/device/device-conformance.ts';
import { fillSuperPacket, fillUdp } from '../../test/device/sample-packets.ts';
import { run } from '../lab/command.ts';
import { awaitLink } from './link-state.ts';
import { LinkedSocket } from './linked-socket.ts';

export interface CaseResult {
  readonly group: string;
  readonly name: string;
  /** What it returned, or undefined and an error. */
  readonly value?: unknown;
  readonly error?: string;
}

const MACS = { va: '02:00:00:00:00:0a', vb: '02:00:00:00:00:0b' } as const;
const ETHER_TYPES = [0x0800, 0x86dd, 0x8100];
const VLAN = 2;

const features = Object.entries(KERNEL_FEATURES);
for (const [name, feature] of features) report('features', name, () => feature.isPresent());
makeVeth();
for (const { name, run: runCase } of CONFORMANCE)
  report('PacketSocketDevice', name, () => withPair(openSockets, runCase));
for (const [name, frame] of foreignFrames()) report('frames', name, () => withPair(openSockets, frame));
report('frames lost', 'small buffer', countLost);
makeTuns();
for (const { name, run: runCase } of CONFORMANCE)
  report('TunDevice', name, () => withPair(openTuns, runCase));
for (const { name, run: runCase } of CONFORMANCE) {
  report('PacketSocketDevice without frames, which sends', name, () => withPair(() => openBare(), runCase));
  report('PacketSocketDevice without frames, which receives', name, () =>
    withPair(
      turn(() => openBare()),
      runCase,
    ),
  );
}
for (const { name, run: runCase, needsSuperPackets } of CONFORMANCE)
  if (needsSuperPackets !== true)
    report('PacketSocketDevice of plain packets', name, () =>
      withPair(() => openBare('plain-packets'), runCase),
    );
report('plain packets', 'errors', () => withPair(() => openBare('plain-packets'), sendSuperPacket));
report('offloads', 'taken', () =>
  withPair(openTuns, ({ near }) => near instanceof TunDevice && near.offloads),
);
reportRefusals();

function report(group: string, name: string, run: () => unknown): void {
  let result: CaseResult;
  try {
    result = { group, name, value: run() };
  } catch (error) {
    result = { group, name, error: error instanceof Error ? error.message : String(error) };
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function withPair(open: () => DevicePair, use: (pair: DevicePair) => unknown): unknown {
  const pair = open();
  try {
    return use(pair);
  } finally {
    pair.near.close();
    pair.far.close();
  }
}

function makeVeth(): void {
  run(['sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1']);
  run([
    'ip',
    'link',
    'add',
    'va',
    'address',
    MACS.va,
    'type',
    'veth',
    'peer',
    'name',
    'vb',
    'address',
    MACS.vb,
  ]);
  for (const name of ['va', 'vb']) run(['ip', 'link', 'set', name, 'up']);
  for (const name of ['va', 'vb']) awaitLink(['ip'], name);
}

function openSockets(): DevicePair {
  const linkHeaders = new LinkHeaders();
  const [va, vb] = [parseMac(MACS.va), parseMac(MACS.vb)];
  for (const etherType of ETHER_TYPES)
    linkHeaders.add(vb ?? new Uint8Array(), va ?? new Uint8Array(), etherType);
  return {
    near: new LinkedSocket(PacketSocketDevice.open({ interfaceName: 'va', linkHeaders }), ETHER_TYPES),
    far: PacketSocketDevice.open({ interfaceName: 'vb', linkHeaders }),
  };
}

/** Packets from one TUN are handed to the other by nftables, untouched. */
function makeTuns(): void {
  for (const name of ['ta', 'tb']) {
    TunDevice.open({ name, persist: true }).close();
    run(['ip', 'link', 'set', name, 'up']);
  }
  const chain = 'chain ta { type filter hook ingress device ta priority 0; fwd to tb; }';
  run(['nft', '-f', '-'], { input: `table netdev crossing { ${chain}; }\n` });
}

function openTuns(): DevicePair {
  const near = TunDevice.open({ name: 'ta', persist: true });
  const far = TunDevice.open({ name: 'tb', persist: true });
  for (const name of ['ta', 'tb']) awaitLink(['ip'], name);
  return { near, far };
}

/** What is sent on a TUN's interface comes to whoever holds the TUN. */
function openBare(carries: LinkContent = 'packets'): DevicePair {
  const far = TunDevice.open({ name: 'ta', persist: true });
  awaitLink(['ip'], 'ta');
  const options = { interfaceName: 'ta', linkHeaders: new LinkHeaders(), carries };
  return { near: PacketSocketDevice.open(options), far };
}

/** The errors of a super-packet, of one segment whose checksum is left to the kernel, and of a plain packet behind them. */
function sendSuperPacket({ near }: DevicePair): number[] {
  const batch = new PacketBatch();
  const list = new SendList();
  fillSuperPacket(batch, 0, 20_000);
  fillSuperPacket(batch, 1, 1_000);
  batch.view.setUint8(batch.vnetAt(1) + 1, 0);
  fillUdp(batch, 2, { length: 100, tag: 1 });
  for (const slot of [0, 1, 2]) list.push(slot);
  near.send(batch, list);
  return [...near.failures.errnos.subarray(0, 3)];
}

function turn(open: () => DevicePair): () => DevicePair {
  return () => {
    const { near, far } = open();
    return { near: far, far: near };
  };
}

/** Each returns how many packets arrived of a pair: the frame in question, and a plain one behind it. */
function foreignFrames(): Array<[string, (pair: DevicePair) => number[]]> {
  return [
    ['of VLAN 5', (pair) => sendTagged(pair, 5)],
    ['with a priority tag', (pair) => sendTagged(pair, 0)],
    ['for another machine', sendToOtherMachine],
  ];
}

/** An 802.1Q tag is an EtherType of its own, followed by the tag and the EtherType of what is in the frame. */
function sendTagged(pair: DevicePair, vlan: number): number[] {
  const batch = new PacketBatch();
  fillUdp(batch, 0, { length: 100, tag: 1 });
  const at = batch.packetAt(0);
  batch.bytes.copyWithin(at + 4, at, at + 100);
  batch.view.setUint16(at, vlan);
  batch.view.setUint16(at + 2, 0x0800);
  batch.lengths[0] = 104;
  batch.etherTypes[0] = ETHER_TYPES[VLAN] ?? 0;
  return sendWithPlain(pair, batch);
}

function sendToOtherMachine(pair: DevicePair): number[] {
  run(['ip', 'link', 'set', 'vb', 'address', '02:00:00:00:00:0c']);
  const batch = new PacketBatch();
  fillUdp(batch, 0, { length: 100, tag: 1 });
  const list = new SendList();
  list.push(0);
  pair.near.send(batch, list);
  run(['ip', 'link', 'set', 'vb', 'address', MACS.vb]);
  return sendWithPlain(pair, batch, 1);
}

function sendWithPlain({ near, far }: DevicePair, batch: PacketBatch, first = 0): number[] {
  const list = new SendList();
  fillUdp(batch, 1, { length: 200, tag: 2 });
  for (let slot = first; slot < 2; slot++) list.push(slot);
  near.send(batch, list);
  const got = new PacketBatch();
  const lengths: number[] = [];
  for (const deadline = performance.now() + 2000; !lengths.includes(200) && performance.now() < deadline; ) {
    far.receive(got);
    lengths.push(...got.lengths.subarray(0, got.count));
  }
  return lengths;
}

/** What a socket that is not read lost of a full batch, and what it kept. */
function countLost() {
  const linkHeaders = new LinkHeaders();
  const far = PacketSocketDevice.open({ interfaceName: 'vb', linkHeaders, receiveBufferBytes: 16_384 });
  const { near } = openSockets();
  const batch = new PacketBatch();
  const list = new SendList();
  for (let slot = 0; slot < batch.capacity; slot++) {
    fillUdp(batch, slot, { length: 1400, tag: slot });
    list.push(slot);
  }
  near.send(batch, list);
  const lost = far.takeLost();
  const kept = far.receive(batch);
  const counts = { someLost: lost > 0, lostAndKept: lost + kept, lostSince: far.takeLost() };
  near.close();
  far.close();
  return counts;
}

function reportRefusals(): void {
  report('refusals', 'held', () =>
    withPair(openTuns, () => TunDevice.open({ name: 'ta', persist: true }).close()),
  );
  report('refusals', 'other kind', () => TunDevice.open({ name: 'ta', multiQueue: true }).close());
  const linkHeaders = new LinkHeaders();
  for (const interfaceName of ['ta', 'nowhere'])
    report('refusals', interfaceName, () => PacketSocketDevice.open({ interfaceName, linkHeaders }).close());
  const bare = { interfaceName: 'va', linkHeaders, carries: 'packets' } as const;
  report('refusals', 'va', () => PacketSocketDevice.open(bare).close());
  report('refusals', 'removed', () => {
    removeTun('ta');
    removeTun('ta');
    return run(['ip', '-o', 'link']).includes(' ta:');
  });
  report('refusals', 'queues', () => {
    const queues = [1, 2].map(() => TunDevice.open({ name: 'tq', multiQueue: true }));
    for (const queue of queues) queue.close();
    return queues.length;
  });
  report('queues', 'steered', countBySource);
}

/** Which of four queues hold packets of a source address, for each of eight, when each sends to eight destinations. */
function countBySource(): number[][] {
  const queues = [0, 1, 2, 3].map(() => TunDevice.open({ name: 'ts', multiQueue: true }));
  run(['ip', 'link', 'set', 'ts', 'up']);
  run(['ip', 'route', 'add', '192.0.2.0/24', 'dev', 'ts']);
  const sources = Array.from({ length: 8 }, (_, host) => `10.64.0.${host + 1}`);
  const script = `import socket
for source in ${JSON.stringify(sources)}:
  s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  s.bind((source, 0))
  for host in range(8): s.sendto(b'x', ('192.0.2.%d' % (host + 1), 9))`;
  for (const source of sources) run(['ip', 'address', 'add', `${source}/32`, 'dev', 'ts']);
  run(['python3', '-c', script]);
  const found = sources.map(() => new Set<number>());
  const batch = new PacketBatch();
  for (const [index, queue] of queues.entries()) {
    while (queue.receive(batch) > 0)
      for (let slot = 0; slot < batch.count; slot++)
        found[batch.view.getUint8(batch.packetAt(slot) + 15) - 1]?.add(index);
    queue.close();
  }
  return found.map((set) => [...set]);
}
