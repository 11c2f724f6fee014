/** RFC 6888 REQ-2 and REQ-3, RFC 4787 REQ-2 (rows U2, G2 and G3): a client keeps its address, whatever addresses there are. */
import { describe, expect, test } from 'vitest';
import { joinEndpoint } from '../../support/address-text.ts';
import { buildRequest, PROTOCOLS, sourceOf } from '../../support/client-packets.ts';
import { EGRESS_SETTINGS } from '../../support/datapath-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { BANK_RULE } from '../../support/policy-fixture.ts';
import { FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

const RANGE_RULE = { ...BANK_RULE, identity: '', ipv6: '2001:db8:9::/64' };

/** The egress addresses that 200 flows of every protocol leave with. */
function sourcesOf(gateway: ReturnType<typeof tellStory>, client: string, target: string): Set<string> {
  const sources = new Set<string>();
  for (let flow = 0; flow < 200; flow++) {
    for (const protocol of PROTOCOLS) {
      const request = buildRequest(protocol, joinEndpoint(client, 5000 + flow), joinEndpoint(target, 443));
      const { wan, spare } = gateway.send(request);
      for (const { packet } of [...wan, ...spare]) sources.add(sourceOf(parsePacket(packet)).address);
    }
  }
  return sources;
}

describe.each(FAMILIES)('IPv%i', (family) => {
  test('U2 G2 all flows of a client under one rule leave with one address', () => {
    const gateway = tellStory({ flowCapacity: 2048, rules: [RANGE_RULE] });
    expect(sourcesOf(gateway, PARTIES[family].alice, PARTIES[family].bank).size).toBe(1);
  });
});

test('U2 clients spread over an IPv6 range', () => {
  const gateway = tellStory({ flowCapacity: 4096, rules: [RANGE_RULE] });
  const sources = new Set<string>();
  for (let client = 0x100; client < 0x132; client++) {
    const request = buildRequest(
      'udp',
      joinEndpoint(`fd00:64::${client.toString(16)}`, 5000),
      joinEndpoint(PARTIES[6].bank, 443),
    );
    const [frame] = gateway.send(request).wan;
    if (frame !== undefined) sources.add(sourceOf(parsePacket(frame.packet)).address);
  }
  expect(sources.size).toBe(50);
});

test('G3 egress addresses need neither be neighbours nor on one link', () => {
  const uplinks = new Set(EGRESS_SETTINGS.addresses.map(({ uplink }) => uplink));
  expect(uplinks.size).toBe(2);
  const rules = ['203.0.113.9', '198.51.100.20'].map((ipv4, index) => ({
    name: ipv4,
    traffic: `net.dst.port == ${1000 + index}`,
    ipv4,
    fallback: '0.0.0.0',
  }));
  const gateway = tellStory({ rules });
  const send = (port: number) =>
    gateway.send(buildRequest('udp', joinEndpoint(PARTIES[4].alice, 7), joinEndpoint(PARTIES[4].bank, port)));
  expect(send(1000).wan.map(({ packet }) => sourceOf(parsePacket(packet)).address)).toEqual(['203.0.113.9']);
  expect(send(1001).spare.map(({ packet }) => sourceOf(parsePacket(packet)).address)).toEqual([
    '198.51.100.20',
  ]);
});
