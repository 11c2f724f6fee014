/** Two workers of one gateway without devices: what reaches the first one for a port of the second crosses over. */
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Wakeup } from '../../../src/device/waiter.ts';
import { HandoverReceiver } from '../../../src/gateway/worker/handover.ts';
import { joinEndpoint } from '../../support/address-text.ts';
import { buildIcmpError, fixIpv4Checksum, payloadOf } from '../../support/build-packet.ts';
import { buildReply, buildRequest, PROTOCOLS, sourceOf } from '../../support/client-packets.ts';
import type { DatapathFixture } from '../../support/datapath-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

const MOST_UNDER_WAY = 128;
let wakeup: Wakeup;
let first: DatapathFixture;
let second: DatapathFixture;
let receiver: HandoverReceiver;

beforeEach(() => {
  wakeup = new Wakeup();
  const { port1, port2 } = new MessageChannel();
  const underWay = new SharedArrayBuffer(4);
  const outgoing = [{ worker: 1, port: port1, underWay, wakeup: wakeup.descriptor }];
  receiver = new HandoverReceiver({ port: port2, underWay });
  first = tellStory({ share: { worker: 0, workers: 2 }, handover: { outgoing, incoming: undefined } });
  second = tellStory({ share: { worker: 1, workers: 2 } });
});
afterEach(() => wakeup.close());

/** What the second worker does with the next packet that was handed over to it. */
function deliver(): readonly Uint8Array[] {
  const handed = receiver.take();
  if (handed === undefined) throw new Error('Cannot go on: nothing was handed over');
  expect(handed.uplink).toBe('wan');
  return second.receiveHanded(handed);
}

describe.each(FAMILIES)('Strays, IPv%i', (family) => {
  const party = PARTIES[family];
  const fromAlice = joinEndpoint(party.alice, 40_000);
  const bank = joinEndpoint(party.bank, 443);

  function begin(protocol: (typeof PROTOCOLS)[number]) {
    const [frame] = second.send(buildRequest(protocol, fromAlice, bank)).wan;
    if (frame === undefined) throw new Error('Cannot go on: nothing left');
    expect(sourceOf(parsePacket(frame.packet)).port % 2).toBe(1);
    return frame.packet;
  }

  test.each(PROTOCOLS)(
    'hand a reply of %s that came in pieces to the owner of its port (U15)',
    (protocol) => {
      const reply = buildReply(parsePacket(begin(protocol)), { payload: payloadOf(2000), fragment: 0 });
      for (const piece of cutInTwo(reply, family)) expect(first.receive('wan', piece).clients).toEqual([]);
      const [packet = new Uint8Array(0), ...more] = deliver();
      expect(more).toHaveLength(1); // 2000 bytes do not fit the way to the client, and were in pieces before
      expect(packet.length).toBeLessThanOrEqual(1500);
      expect(first.counters.drops()).toEqual({});
      expect(second.counters.drops()).toEqual({});
      expect(second.counters.read('packetsIn')).toBe(1);
    },
  );

  test.each(PROTOCOLS)('hand an error about %s to the owner of the port in the quoted packet', (protocol) => {
    const type = family === 4 ? 11 : 3;
    const error = buildIcmpError({ from: party.server, to: party.bankEgress, type, quote: begin(protocol) });
    expect(first.receive('wan', error).clients).toEqual([]);
    const [packet = new Uint8Array(0)] = deliver();
    expect(parsePacket(packet)).toMatchObject({ from: party.bank, to: party.alice, type });
    expect(first.counters.drops()).toEqual({});
  });

  test('let go what comes when the owner is overloaded, and count it', () => {
    const reply = buildReply(parsePacket(begin('udp')));
    for (let packet = 0; packet < MOST_UNDER_WAY + 3; packet++) first.receive('wan', reply);
    expect(first.counters.drops()).toEqual({ 'worker-overloaded': 3 });
    expect(deliver()).toHaveLength(1);
    first.receive('wan', reply, reply);
    expect(first.counters.drops()).toEqual({ 'worker-overloaded': 4 });
  });

  test('judge what is for a port of their own', () => {
    const even = { from: joinEndpoint(party.server, 443), to: joinEndpoint(party.bankEgress, 40_000) };
    const request = { ...parsePacket(begin('udp')), from: even.to, to: even.from };
    first.receive('wan', buildReply(request));
    const quote = buildRequest('udp', even.to, even.from);
    first.receive('wan', buildIcmpError({ from: party.server, to: party.bankEgress, type: 3, quote }));
    expect(first.counters.drops()).toEqual({ 'no-flow-outside': 1, 'icmp-error-unmatched': 1 });
    expect(receiver.take()).toBeUndefined();
  });
});

/** Two pieces of a packet without options or extension headers. */
function cutInTwo(packet: Uint8Array, family: 4 | 6): Uint8Array[] {
  const head = family === 4 ? 20 : 40;
  const middle = head + 1000;
  return [[head, middle, 1] as const, [middle, packet.length, 0] as const].map(([from, to, more]) => {
    const payload = packet.subarray(from, to);
    const header = packet.slice(0, head);
    const view = new DataView(header.buffer);
    if (family === 4) {
      view.setUint16(2, head + payload.length);
      view.setUint16(6, (more << 13) | ((from - head) / 8));
      return fixIpv4Checksum(Uint8Array.of(...header, ...payload));
    }
    const protocol = view.getUint8(6);
    view.setUint16(4, 8 + payload.length);
    view.setUint8(6, 44);
    const offset = (from - head) | more;
    return Uint8Array.of(...header, protocol, 0, offset >> 8, offset & 255, 0, 0, 0, 9, ...payload);
  });
}
