/**
 * Nothing is made for a packet of a known flow: garbage would stop the datapath every now and then. Ten million packets go
 * through loopback devices and the whole datapath, both ways, of every protocol and family (issue 5, Done when 4).
 * SYNGATE_ALLOCATION_PACKETS says another number.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { LoopbackDevice } from '../../../src/device/loopback-device.ts';
import { PacketBatch, SendList } from '../../../src/device/packet-batch.ts';
import { joinEndpoint } from '../../support/address-text.ts';
import { buildReply, buildRequest } from '../../support/client-packets.ts';
import type { DatapathFixture } from '../../support/datapath-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

const PACKETS = Number(process.env.SYNGATE_ALLOCATION_PACKETS ?? 10_000_000);
const BATCH = 64;
/** Until the engine has compiled for good, some numbers are objects. */
const WARM_UP = 500_000;
const PARTS = 20;
/** The smallest object has 12 bytes, and might be made one way only. What a batch costs, such as a closure, its packets share. */
const LESS_THAN_AN_OBJECT = 4;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** A batch of packets that can be sent again and again. */
interface Prepared {
  readonly batch: PacketBatch;
  readonly list: SendList;
}

test('Datapath makes nothing for a packet of a known flow, over ten million packets', () => {
  const gateway = tellStory();
  const { outward, inward } = openFlows(gateway);
  const carry = makeCarrier(gateway, prepare(outward), prepare(inward));
  carry(WARM_UP);
  const before = { out: gateway.counters.read('packetsOut'), in: gateway.counters.read('packetsIn') };
  let grown = 0;
  for (let part = 0; part < PARTS; part++) grown += heapGrowth(() => carry(PACKETS / PARTS));
  const carried =
    gateway.counters.read('packetsOut') - before.out + gateway.counters.read('packetsIn') - before.in;
  expect(carried).toBeGreaterThanOrEqual(PACKETS);
  expect(gateway.counters.read('flowsOpened')).toBe(outward.length);
  expect(grown / carried).toBeLessThan(LESS_THAN_AN_OBJECT);
}, 300_000);

/** A flow of each protocol and family, with a packet of each way. */
function openFlows(gateway: DatapathFixture): { outward: Uint8Array[]; inward: Uint8Array[] } {
  const outward: Uint8Array[] = [];
  const inward: Uint8Array[] = [];
  for (const family of FAMILIES) {
    const { alice, bank } = PARTIES[family];
    const [from, to] = [joinEndpoint(alice, 40_000), joinEndpoint(bank, 443)];
    for (const protocol of ['tcp', 'udp', 'echo'] as const) {
      const [frame] = gateway.send(buildRequest(protocol, from, to)).wan;
      const left = parsePacket(frame?.packet ?? new Uint8Array());
      gateway.receive('wan', buildReply(left));
      outward.push(buildRequest(protocol, from, to, { flags: 'A' }));
      inward.push(buildReply(left, { flags: 'A' }));
    }
  }
  return { outward, inward };
}

function prepare(packets: readonly Uint8Array[]): Prepared {
  const [batch, list] = [new PacketBatch(BATCH), new SendList(BATCH)];
  for (let slot = 0; slot < BATCH; slot++) {
    const packet = packets[slot % packets.length] ?? new Uint8Array();
    batch.bytes.set(packet, batch.packetAt(slot));
    batch.lengths[slot] = packet.length;
    batch.etherTypes[slot] = (packet[0] ?? 0) >> 4 === 4 ? 0x0800 : 0x86dd;
    list.push(slot);
  }
  return { batch, list };
}

/** As the worker's loop does it: receive, carry, send; half of so many packets each way. */
function makeCarrier(
  { datapath, uplinks, batch, ...gateway }: DatapathFixture,
  outward: Prepared,
  inward: Prepared,
): (packets: number) => void {
  const [client, tun] = LoopbackDevice.pair(BATCH);
  const [uplink, internet] = LoopbackDevice.pair(BATCH);
  const arrived = new PacketBatch(BATCH);
  let { nowMs } = gateway;
  return (packets) => {
    for (let carried = 0; carried < packets; carried += 2 * BATCH) {
      nowMs += 0.01;
      client.send(outward.batch, outward.list);
      tun.receive(batch);
      datapath.fromClients(batch, nowMs);
      uplink.send(batch, uplinks.wan.outgoing);
      internet.receive(arrived);
      internet.send(inward.batch, inward.list);
      uplink.receive(batch);
      datapath.fromUplink(uplinks.wan, batch, nowMs);
      tun.send(batch, datapath.toClients);
      client.receive(arrived);
    }
  };
}

/** What is left in the heap besides what a collection in between took; in short parts, so that none is likely. */
function heapGrowth(step: () => void): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  step();
  return Math.max(0, process.memoryUsage().heapUsed - before);
}
