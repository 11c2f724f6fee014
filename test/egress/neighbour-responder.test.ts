import { describe, expect, test } from 'vitest';
import {
  emitAdvertisement,
  emitSolicitation,
  type NeighbourMessage,
  readNeighbourMessage,
} from '../../src/egress/neighbour-message.ts';
import { NeighbourResponder } from '../../src/egress/neighbour-responder.ts';
import {
  type Address,
  formatAddress,
  type Prefix,
  parseAddress,
  parsePrefix,
} from '../../src/wire/address.ts';
import { formatMac } from '../../src/wire/mac-address.ts';
import { emitNdp, NDP_SOLICITATION, solicitedNodeAddress, UNSPECIFIED } from '../../src/wire/ndp.ts';
import { ETHER_TYPE_IPV6 } from '../../src/wire/protocol.ts';

const OUR_MAC = Uint8Array.of(2, 0, 0, 0, 0, 0x11);
const ROUTER_MAC = Uint8Array.of(2, 0, 0, 0, 0, 1);
const ROUTER4 = { address: ip('203.0.113.1'), mac: ROUTER_MAC };
const ROUTER6 = { address: ip('2001:db8:9::1'), mac: ROUTER_MAC };

const responder = new NeighbourResponder({
  mac: OUR_MAC,
  egress: ['203.0.113.9', '203.0.113.10', '203.0.113.12', '2001:db8:9::/64', '2001:db8:1::1'].map(prefix),
  others: [ip('203.0.113.12'), ip('2001:db8:9::1')],
});

describe('NeighbourResponder.answer', () => {
  test.each([
    ['203.0.113.9', ROUTER4, 'an egress address'],
    ['2001:db8:1::1', ROUTER6, 'an IPv6 egress address'],
    ['2001:db8:9::abcd:1', ROUTER6, 'any address of an egress range'],
  ])('NeighbourResponder answers for %s: %s (row R9)', (target, from) => {
    const { message, emitted } = exchange(from, ip(target));
    expect(message).toMatchObject({ kind: 'advertisement', mac: OUR_MAC, confirmed: true, override: true });
    expect(formatAddress(message.target)).toBe(target);
    expect(formatMac(emitted.destination)).toBe('02:00:00:00:00:01');
  });

  test.each([
    ['203.0.113.11', ROUTER4, 'an address that is not ours'],
    ['203.0.113.12', ROUTER4, 'an address the kernel answers for'],
    ['2001:db8:9::1', { ...ROUTER6, address: ip('2001:db8:9::2') }, 'the next hop, though inside a range'],
    ['203.0.113.9', { ...ROUTER4, mac: OUR_MAC }, 'a question of our own'],
  ])('NeighbourResponder is silent about %s: %s', (target, from) => {
    expect(responder.answer(ask(from, ip(target)))).toBeUndefined();
  });

  test('NeighbourResponder defends its address against an ARP probe (RFC 5227 section 2.1.1)', () => {
    const probe = ask({ address: ip('0.0.0.0'), mac: ROUTER_MAC }, ip('203.0.113.9'));
    expect(probe.sender).toBeUndefined();
    expect(responder.answer(probe)?.to).toEqual({ address: undefined, mac: ROUTER_MAC });
  });

  test('NeighbourResponder tells everybody when a node without an address probes for ours (RFC 4861 section 7.2.4)', () => {
    const target = ip('2001:db8:1::1');
    const view = new DataView(new ArrayBuffer(128));
    const end = emitNdp(view, 0, {
      type: NDP_SOLICITATION,
      source: UNSPECIFIED,
      destination: solicitedNodeAddress(target),
      target,
      mac: undefined,
      solicited: false,
      override: false,
    });
    const { message, emitted } = reply(read(view, end, ETHER_TYPE_IPV6));
    expect(message).toMatchObject({ confirmed: false, mac: OUR_MAC });
    expect(formatMac(emitted.destination)).toBe('33:33:00:00:00:01');
  });

  test('NeighbourResponder reaches an asker that kept its MAC to itself through its solicited-node group', () => {
    const question: NeighbourMessage = {
      ...ask(ROUTER6, ip('2001:db8:1::1')),
      mac: undefined,
    };
    expect(formatMac(reply(question).emitted.destination)).toBe('33:33:ff:00:00:01');
  });

  test('NeighbourResponder answers no advertisement', () => {
    const { message } = exchange(ROUTER4, ip('203.0.113.9'));
    expect(responder.answer(message)).toBeUndefined();
  });
});

describe('NeighbourResponder.isConflict', () => {
  const claim = (address: string, mac: Uint8Array): NeighbourMessage => {
    const view = new DataView(new ArrayBuffer(128));
    const { length, etherType } = emitAdvertisement(view, 0, { target: ip(address), mac, to: undefined });
    return read(view, length, etherType);
  };

  test('NeighbourResponder sees another station claim an egress address (row FL-45)', () => {
    expect(responder.isConflict(claim('203.0.113.9', ROUTER_MAC))).toBe(true);
    expect(responder.isConflict(claim('2001:db8:9::77', ROUTER_MAC))).toBe(true);
    expect(
      responder.isConflict(ask({ address: ip('203.0.113.9'), mac: ROUTER_MAC }, ip('203.0.113.1'))),
    ).toBe(true);
  });

  test('NeighbourResponder sees no conflict in its own announcements, nor in claims of other addresses', () => {
    expect(responder.isConflict(claim('203.0.113.9', OUR_MAC))).toBe(false);
    expect(responder.isConflict(claim('203.0.113.77', ROUTER_MAC))).toBe(false);
    expect(responder.isConflict(claim('203.0.113.12', ROUTER_MAC))).toBe(false);
  });
});

describe('NeighbourResponder.announcements', () => {
  test('NeighbourResponder announces each single address it answers for, and no range', () => {
    expect(responder.announcements().map(({ target }) => formatAddress(target))).toEqual([
      '203.0.113.9',
      '203.0.113.10',
      '2001:db8:1::1',
    ]);
  });

  test.each([
    ['203.0.113.9', 'ff:ff:ff:ff:ff:ff'],
    ['2001:db8:1::1', '33:33:00:00:00:01'],
  ])('an announcement of %s goes to %s and answers nobody', (address, destination) => {
    const advertisement = responder.announcements().find(({ target }) => formatAddress(target) === address);
    const view = new DataView(new ArrayBuffer(128));
    const emitted = emitAdvertisement(view, 0, advertisement ?? expect.fail('not announced'));
    expect(formatMac(emitted.destination)).toBe(destination);
    expect(read(view, emitted.length, emitted.etherType)).toMatchObject({
      kind: 'advertisement',
      mac: OUR_MAC,
      confirmed: false,
      override: true,
    });
  });
});

describe('emitSolicitation', () => {
  test.each([
    [ROUTER4, '203.0.113.9', undefined, 'ff:ff:ff:ff:ff:ff'],
    [ROUTER4, '203.0.113.9', OUR_MAC, '02:00:00:00:00:11'],
    [ROUTER6, '2001:db8:9::9', undefined, '33:33:ff:00:00:09'],
    [ROUTER6, '2001:db8:9::9', OUR_MAC, '02:00:00:00:00:11'],
  ])('emitSolicitation %# goes to the right MAC', (from, target, mac, destination) => {
    const view = new DataView(new ArrayBuffer(128));
    const emitted = emitSolicitation(view, 0, from, { target: ip(target), mac });
    expect(formatMac(emitted.destination)).toBe(destination);
    expect(read(view, emitted.length, emitted.etherType)).toMatchObject({
      kind: 'solicitation',
      sender: from.address,
      mac: from.mac,
      target: ip(target),
    });
  });
});

function ask(from: { address: Address; mac: Uint8Array }, target: Address): NeighbourMessage {
  const view = new DataView(new ArrayBuffer(128));
  const { length, etherType } = emitSolicitation(view, 0, from, { target, mac: undefined });
  return read(view, length, etherType);
}

function reply(question: NeighbourMessage) {
  const view = new DataView(new ArrayBuffer(128));
  const emitted = emitAdvertisement(view, 0, responder.answer(question) ?? expect.fail('no answer'));
  return { emitted, message: read(view, emitted.length, emitted.etherType) };
}

function exchange(from: { address: Address; mac: Uint8Array }, target: Address) {
  return reply(ask(from, target));
}

function read(view: DataView, end: number, etherType: number): NeighbourMessage {
  const message = readNeighbourMessage(view, 0, end, etherType);
  return typeof message === 'string' ? expect.fail(message) : message;
}

function ip(text: string): Address {
  return parseAddress(text) ?? expect.fail(text);
}

function prefix(text: string): Prefix {
  return parsePrefix(text) ?? expect.fail(text);
}
