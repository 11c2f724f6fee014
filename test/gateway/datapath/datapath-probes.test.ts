/** Active probes through the datapath: from the egress address itself, and only their own targets are listened to. */
import { describe, expect, test } from 'vitest';
import type { ProbeTarget } from '../../../src/egress/prober.ts';
import { addressBytes, joinEndpoint, splitEndpoint } from '../../support/address-text.ts';
import { buildTcp } from '../../support/build-packet.ts';
import { buildReply } from '../../support/client-packets.ts';
import {
  type DatapathFixture,
  EGRESS,
  NEXT_HOP_MAC,
  type UplinkName,
} from '../../support/datapath-fixture.ts';
import { type ParsedPacket, parsePacket } from '../../support/parse-packet.ts';
import { tellStory } from '../../support/story.ts';

const TOKEN = 0xdead_beef;
const indexOf = (egress: (typeof EGRESS)[number]) => EGRESS.indexOf(egress);

function probe(
  gateway: DatapathFixture,
  egressIndex: number,
  target: ProbeTarget,
  { token = TOKEN, uplink = 'wan' }: { token?: number; uplink?: UplinkName } = {},
): ParsedPacket {
  gateway.post({ type: 'probe', egressIndex, target, token });
  gateway.fetch();
  const [frame] = gateway.takeOwn(uplink);
  if (frame === undefined) throw new Error('Cannot go on: no probe left');
  expect(frame.destination).toBe(NEXT_HOP_MAC);
  return parsePacket(frame.packet); // verifies every checksum
}

const tcp = (address: string, port = 443): ProbeTarget => ({
  protocol: 'tcp',
  address: addressBytes(address),
  port,
});
const icmp = (address: string): ProbeTarget => ({
  protocol: 'icmp',
  address: addressBytes(address),
  port: 0,
});

describe.each([
  [4, '203.0.113.10', '192.0.2.7'],
  [6, '2001:db8:1::2/128', '2001:db8:2::7'],
] as const)('ProbeSender, IPv%i', (_family, egress, target) => {
  const address = egress.replace('/128', '');

  test('sends an echo that brings its token back', () => {
    const gateway = tellStory();
    const sent = probe(gateway, indexOf(egress), icmp(target));
    expect(sent).toMatchObject({ from: address, to: target, protocol: 'icmp', rest: TOKEN, code: 0 });
    const { clients } = gateway.receive('wan', echoReplyTo(sent));
    expect(gateway.posted()).toEqual([{ type: 'probe-reply', egressIndex: indexOf(egress), token: TOKEN }]);
    expect(clients).toEqual([]);
    expect(gateway.takeOwn('wan')).toEqual([]);
    expect(gateway.counters.drops()).toEqual({});
  });

  test('sends a SYN, takes the SYN-ACK for an answer, and resets what the target began', () => {
    const gateway = tellStory();
    const sent = probe(gateway, indexOf(egress), tcp(target));
    expect(sent).toMatchObject({ to: joinEndpoint(target, 443), flags: 'S', sequence: TOKEN });
    expect(splitEndpoint(sent.from).address).toBe(address);
    expect(splitEndpoint(sent.from).port).toBeGreaterThanOrEqual(1024);
    const { from, to } = sent;
    const answer = buildTcp({ from: to, to: from, flags: 'SA', sequence: 5, acknowledgment: TOKEN + 1 });
    gateway.receive('wan', answer);
    expect(gateway.posted()).toEqual([{ type: 'probe-reply', egressIndex: indexOf(egress), token: TOKEN }]);
    const [reset] = gateway.takeOwn('wan');
    expect(parsePacket(reset?.packet ?? new Uint8Array())).toMatchObject({
      from,
      to,
      flags: 'R',
      sequence: TOKEN + 1,
    });
  });

  test('takes a reset for an answer, and answers it with nothing', () => {
    const gateway = tellStory();
    const { from, to } = probe(gateway, indexOf(egress), tcp(target), { token: 0xffff_ffff });
    gateway.receive('wan', buildTcp({ from: to, to: from, flags: 'RA', acknowledgment: 0 }));
    expect(gateway.posted()).toMatchObject([{ type: 'probe-reply', token: 0xffff_ffff }]);
    expect(gateway.takeOwn('wan')).toEqual([]);
  });

  test('is silent towards everybody else (T4, FL-10)', () => {
    const gateway = tellStory();
    const stale = probe(gateway, indexOf(egress), tcp(target), { token: 1 });
    const { from, to } = probe(gateway, indexOf(egress), tcp(target));
    const right = { from: to, to: from, flags: 'SA', acknowledgment: TOKEN + 1 };
    const stranger = target.replace(/7$/, '8');
    const wrong = [
      buildTcp({ ...right, acknowledgment: TOKEN }),
      buildTcp({ ...right, flags: 'S' }),
      buildTcp({ ...right, from: joinEndpoint(stranger, 443) }),
      buildTcp({ ...right, from: joinEndpoint(target, 80) }),
      buildTcp({ ...right, to: stale.from, acknowledgment: 2 }),
    ];
    expect(gateway.receive('wan', ...wrong)).toMatchObject({ clients: [] });
    expect(gateway.posted()).toEqual([]);
    expect(gateway.takeOwn('wan')).toEqual([]);
    expect(gateway.counters.drops()).toEqual({ 'no-flow-outside': wrong.length });
  });

  test('takes no echo reply from somebody else, nor with another token', () => {
    const gateway = tellStory();
    const sent = probe(gateway, indexOf(egress), icmp(target));
    const strangers = echoReplyTo({ ...sent, to: target.replace(/7$/, '8') });
    const other = echoReplyTo({ ...sent, rest: TOKEN + 1 });
    gateway.receive('wan', strangers, other);
    expect(gateway.posted()).toEqual([]);
  });
});

describe('ProbeSender', () => {
  test('probes each address by its own uplink, several targets at once', () => {
    const gateway = tellStory();
    const spare = probe(gateway, indexOf('198.51.100.20'), icmp('192.0.2.7'), { uplink: 'spare' });
    expect(spare.from).toBe('198.51.100.20');
    const sent = [icmp('192.0.2.7'), icmp('192.0.2.8')].map((target, index) =>
      probe(gateway, indexOf('203.0.113.9'), target, { token: index }),
    );
    gateway.receive('wan', ...sent.map(echoReplyTo));
    const egressIndex = indexOf('203.0.113.9');
    expect(gateway.posted()).toEqual([
      { type: 'probe-reply', egressIndex, token: 0 },
      { type: 'probe-reply', egressIndex, token: 1 },
    ]);
  });

  test('probes an IPv6 range from an address inside it that nobody else has', () => {
    const gateway = tellStory();
    const { from } = probe(gateway, indexOf('2001:db8:9::/64'), icmp('2001:db8:2::7'));
    expect(from).toMatch(/^2001:db8:9:0?:/);
    expect(['2001:db8:9::', '2001:db8:9::2', '2001:db8:9::fe']).not.toContain(from);
  });

  test('loses a probe that has no way out, and goes on', () => {
    const gateway = tellStory({ areNextHopsKnown: false });
    gateway.post({ type: 'probe', egressIndex: 0, target: icmp('192.0.2.7'), token: 1 });
    gateway.post({ type: 'probe', egressIndex: 99, target: icmp('192.0.2.7'), token: 2 });
    gateway.fetch();
    expect(gateway.takeOwn('wan').filter(({ etherType }) => etherType === 0x0800)).toEqual([]);
  });
});

function echoReplyTo(sent: ParsedPacket): Uint8Array {
  return buildReply(sent, { sequence: sent.rest & 0xffff, payload: new Uint8Array(0) });
}
