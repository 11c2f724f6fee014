/** Leases that work only for the clients that were answered with them (rows S4, FL-21; `synthetic.lease_scope: client`). */
import { describe, expect, test } from 'vitest';
import { LeaseHolders } from '../../../src/gateway/datapath/admission/lease-holders.ts';
import { addressBytes, joinEndpoint } from '../../support/address-text.ts';
import { buildRequest } from '../../support/client-packets.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { makeLease } from '../../support/policy-fixture.ts';
import { FAMILIES, PARTIES, tellStory } from '../../support/story.ts';

const SLOT = 0x300;

describe.each(FAMILIES)('Datapath, IPv%i', (family) => {
  const party = PARTIES[family];

  function begin() {
    const gateway = tellStory();
    const own = {
      ...makeLease(SLOT, 'own.example.com', { ipv4: ['192.0.2.5'], ipv6: ['2001:db8:2::5'] }),
      isShared: false,
    };
    gateway.post({ type: 'lease', lease: own });
    const send = (client: string, to: string) => {
      const { wan, clients } = gateway.send(
        buildRequest('tcp', joinEndpoint(client, 40_000), joinEndpoint(to, 443)),
      );
      const [refusal] = clients;
      return { left: wan.length, refusal: refusal === undefined ? undefined : parsePacket(refusal).flags };
    };
    return { gateway, own, send, to: gateway.syntheticOf(SLOT, family) };
  }

  test('lets the client that was answered use the lease at once, and refuses others as if there were none (S4, FL-21)', () => {
    const { gateway, send, to } = begin();
    gateway.post({ type: 'lease-holder', slot: SLOT, client: addressBytes(party.alice) });
    expect(send(party.alice, to)).toEqual({ left: 1, refusal: undefined });
    expect(send(party.bob, to)).toEqual(send(party.bob, party.unknown));
    expect(send(party.bob, to).left).toBe(0);
    gateway.post({ type: 'lease-holder', slot: SLOT, client: addressBytes(party.bob) });
    expect(send(party.bob, to).left).toBe(1);
  });

  test('keeps the holders when the lease is told anew, and forgets them when it ends (S4)', () => {
    const { gateway, own, send, to } = begin();
    gateway.post({ type: 'lease-holder', slot: SLOT, client: addressBytes(party.alice) });
    gateway.post({ type: 'lease', lease: own });
    expect(send(party.alice, to).left).toBe(1);
    gateway.post({ type: 'lease-gone', slot: SLOT });
    gateway.post({ type: 'lease', lease: own });
    gateway.fetch();
    expect(send(party.bob, to).left).toBe(0);
  });
});

describe('LeaseHolders', () => {
  test('tells clients apart by all their bytes, and counts each once', () => {
    const holders = new LeaseHolders();
    expect(holders.add(1, addressBytes('10.64.0.2'))).toBe(true);
    expect(holders.add(1, addressBytes('10.64.0.2'))).toBe(false);
    expect(holders.has(1, addressBytes('10.64.0.2'))).toBe(true);
    expect(holders.has(1, addressBytes('10.64.0.3'))).toBe(false);
    expect(holders.has(2, addressBytes('10.64.0.2'))).toBe(false);
    holders.forget(1);
    expect(holders.has(1, addressBytes('10.64.0.2'))).toBe(false);
  });
});
