/** Nothing is made for a packet of a known flow: garbage would stop the datapath every now and then (architecture.md). */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { joinEndpoint } from '../../support/address-text.ts';
import { buildReply, buildRequest } from '../../support/client-packets.ts';
import type { DatapathFixture } from '../../support/datapath-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { PARTIES, tellStory } from '../../support/story.ts';

const PACKETS = 64;
const BATCHES = 500;
/** The smallest object has 12 bytes; what a batch costs, such as a closure, is shared by its packets. */
const LESS_THAN_AN_OBJECT = 8;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

test.each([
  ['tcp', 4],
  ['udp', 4],
  ['tcp', 6],
  ['echo', 6],
] as const)('Datapath makes nothing for a packet of a known %s flow, IPv%i', (protocol, family) => {
  const gateway = tellStory();
  const party = PARTIES[family];
  const dialled = joinEndpoint(party.bank, 443);
  const request = buildRequest(protocol, joinEndpoint(party.alice, 40_000), dialled);
  const [frame] = gateway.send(request).wan;
  const left = parsePacket(frame?.packet ?? new Uint8Array());
  gateway.receive('wan', buildReply(left));
  const outward = buildRequest(protocol, joinEndpoint(party.alice, 40_000), dialled, { flags: 'A' });
  const inward = buildReply(left, { flags: 'A' });
  const carry = () => {
    for (let batch = 0; batch < BATCHES; batch++) carryBatches(gateway, outward, inward);
  };
  for (let warmUp = 0; warmUp < 4; warmUp++) carry();
  const costs = [1, 2, 3].map(() => measureHeap(carry) / (2 * PACKETS * BATCHES));
  expect(Math.min(...costs)).toBeLessThan(LESS_THAN_AN_OBJECT);
  expect(gateway.counters.read('packetsOut')).toBe(1 + 7 * BATCHES * PACKETS);
  expect(gateway.counters.read('packetsIn')).toBe(1 + 7 * BATCHES * PACKETS);
});

function carryBatches(gateway: DatapathFixture, outward: Uint8Array, inward: Uint8Array): void {
  gateway.nowMs += 0.37;
  fill(gateway, outward);
  gateway.datapath.fromClients(gateway.batch, gateway.nowMs);
  fill(gateway, inward);
  gateway.datapath.fromUplink(gateway.uplinks.wan, gateway.batch, gateway.nowMs);
}

function fill({ batch }: DatapathFixture, packet: Uint8Array): void {
  batch.count = PACKETS;
  for (let slot = 0; slot < PACKETS; slot++) {
    batch.bytes.set(packet, batch.packetAt(slot));
    batch.lengths[slot] = packet.length;
    batch.etherTypes[slot] = (packet[0] ?? 0) >> 4 === 4 ? 0x0800 : 0x86dd;
  }
}

function measureHeap(step: () => void): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  step();
  return process.memoryUsage().heapUsed - before;
}
