/** Which real address a flow goes to, and what makes the next flow go to another (rows X1, X2; FL-46). */
import { describe, expect, test } from 'vitest';
import { joinEndpoint } from '../../support/address-text.ts';
import { buildIcmpError, buildTcp } from '../../support/build-packet.ts';
import { buildReply, buildRequest, destinationOf, sourceOf } from '../../support/client-packets.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

const SLOT = 0x200;
const SERVERS = {
  4: ['192.0.2.201', '192.0.2.202', '192.0.2.203'],
  6: ['2001:db8:2::201', '2001:db8:2::202', '2001:db8:2::203'],
};

describe.each(FAMILIES)('Datapath, IPv%i', (family) => {
  const party = PARTIES[family];

  function begin() {
    const gateway = tellStory();
    gateway.putLease(SLOT, 'cdn.example.com', { ipv4: SERVERS[4], ipv6: SERVERS[6] });
    const to = joinEndpoint(gateway.syntheticOf(SLOT, family), 443);
    const send = (port: number, flags = 'S') => {
      const packet = buildTcp({ from: joinEndpoint(party.alice, port), to, flags });
      const [frame] = gateway.send(packet).wan;
      if (frame === undefined) throw new Error('Cannot go on: nothing left');
      return frame.packet;
    };
    const syn = (port: number, flags?: string) => parsePacket(send(port, flags));
    return { gateway, send, syn, to };
  }

  test("gives a client's flows of all protocols one and the same real address", () => {
    const { gateway, syn, to } = begin();
    const first = destinationOf(syn(40_000));
    expect(SERVERS[family]).toContain(first);
    expect(destinationOf(syn(40_001))).toBe(first);
    for (const protocol of ['udp', 'echo'] as const) {
      const [frame] = gateway.send(buildRequest(protocol, joinEndpoint(party.alice, 40_002), to)).wan;
      expect(destinationOf(parsePacket(frame?.packet ?? new Uint8Array()))).toBe(first);
    }
  });

  test('sends every retry of a SYN to where the first went, and a new SYN elsewhere (X1, X2)', () => {
    const { syn } = begin();
    const first = syn(40_000);
    const retries = [syn(40_000), syn(40_000), syn(40_000)];
    for (const retry of retries) expect(retry).toMatchObject({ from: first.from, to: first.to });
    expect(destinationOf(syn(40_001))).not.toBe(destinationOf(first));
    expect(syn(40_000)).toMatchObject({ from: first.from, to: first.to });
  });

  test('comes back to the address when the retried SYN is answered after all', () => {
    const { gateway, syn } = begin();
    const first = syn(40_000);
    syn(40_000);
    gateway.receive('wan', buildReply(first));
    expect(destinationOf(syn(40_001))).toBe(destinationOf(first));
  });

  test('X3 does not come back for a SYN-ACK that answers another SYN', () => {
    const { gateway, syn } = begin();
    const first = syn(40_000);
    syn(40_000);
    gateway.receive('wan', buildReply(first, { acknowledgment: 0x7000_0000 }));
    expect(destinationOf(syn(40_001))).not.toBe(destinationOf(first));
  });

  test('goes elsewhere after a reset that answers a SYN, and not after one that ends a connection (X2)', () => {
    const { gateway, syn } = begin();
    const first = syn(40_000);
    gateway.receive('wan', buildReply(first));
    syn(40_000, 'A');
    gateway.receive('wan', buildReply(first, { flags: 'RA' }));
    const second = syn(40_001);
    expect(destinationOf(second)).toBe(destinationOf(first));
    gateway.receive('wan', buildReply(second, { flags: 'RA', acknowledgment: 2 }));
    expect(destinationOf(syn(40_002))).not.toBe(destinationOf(first));
  });

  test('stays after a reset that acknowledges nothing the client sent (P3)', () => {
    const { gateway, syn } = begin();
    const first = syn(40_000);
    gateway.receive('wan', buildReply(first, { flags: 'RA', acknowledgment: 0x7000_0000 }));
    expect(destinationOf(syn(40_001))).toBe(destinationOf(first));
    gateway.receive('wan', buildReply(first, { flags: 'R' }));
    expect(destinationOf(syn(40_002))).toBe(destinationOf(first));
  });

  test('stays after an ICMP unreachable that quotes what the client did not send (I4)', () => {
    const { gateway, send, syn } = begin();
    const quote = send(40_000);
    const first = parsePacket(quote);
    const { from, to } = first;
    const forged = buildTcp({ from, to, flags: 'S', sequence: 0x7000_0000 });
    const type = family === 4 ? 3 : 1;
    const about = { from: destinationOf(first), to: sourceOf(first).address, type, code: 1 };
    gateway.receive('wan', buildIcmpError({ ...about, quote: forged }));
    expect(destinationOf(syn(40_001))).toBe(destinationOf(first));
    gateway.receive('wan', buildIcmpError({ ...about, quote }));
    expect(destinationOf(syn(40_002))).not.toBe(destinationOf(first));
  });

  test('goes elsewhere after an ICMP unreachable about a flow that begins, and stays for an MTU (X2)', () => {
    const { gateway, send, syn } = begin();
    const quote = send(40_000);
    const first = parsePacket(quote);
    const from = destinationOf(first);
    const to = sourceOf(first).address;
    const error = (kind: { type: number; code: number; rest?: number }) =>
      gateway.receive('wan', buildIcmpError({ from, to, quote, ...kind }));
    error(family === 4 ? { type: 3, code: 4, rest: 1400 } : { type: 2, code: 0, rest: 1400 });
    expect(destinationOf(syn(40_001))).toBe(destinationOf(first));
    error(family === 4 ? { type: 3, code: 1 } : { type: 1, code: 3 });
    expect(destinationOf(syn(40_002))).not.toBe(destinationOf(first));
  });

  test('takes new flows to new real addresses, and leaves open flows where they are (FL-46)', () => {
    const { gateway, syn } = begin();
    const first = syn(40_000);
    gateway.receive('wan', buildReply(first));
    gateway.putLease(SLOT, 'cdn.example.com', { ipv4: ['192.0.2.222'], ipv6: ['2001:db8:2::222'] });
    expect(syn(40_000, 'A')).toMatchObject({ from: first.from, to: first.to });
    expect(destinationOf(syn(40_001))).toBe(family === 4 ? '192.0.2.222' : '2001:db8:2::222');
  });
});
