import { describe, expect, test } from 'vitest';
import {
  checkIpv6,
  emitIpv6,
  findTransport,
  ipv6PayloadLength,
  readIpv6Addresses,
  rewriteIpv6,
} from '../../src/wire/ipv6.ts';
import { addressWords } from '../support/address-text.ts';
import { buildUdp, patch, payloadOf } from '../support/build-packet.ts';
import { parsePacket } from '../support/parse-packet.ts';

const ENDS = { from: '[fd00:64::2]:40000', to: '[2001:db8::9]:53' };
const ADDRESSES = Uint32Array.of(...addressWords('fd00:64::2'), ...addressWords('2001:db8::9'));
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

test('readIpv6Addresses and rewriteIpv6 mirror each other', () => {
  const packet = buildUdp(ENDS);
  const words = new Uint32Array(8);
  readIpv6Addresses(viewOf(packet), 0, words);
  expect(words).toEqual(ADDRESSES);
  const other = buildUdp({ from: '[::2]:40000', to: '[::3]:53' });
  rewriteIpv6(viewOf(other), 0, Uint32Array.of(9, ...words), 1, 5);
  expect(other.subarray(0, 40)).toEqual(packet.subarray(0, 40));
});

test('emitIpv6 writes a header that a careful reader accepts', () => {
  const packet = new Uint8Array(56).fill(0xee);
  packet.set(buildUdp({ ...ENDS, payload: payloadOf(8) }).subarray(40), 40);
  emitIpv6(viewOf(packet), 0, { addresses: ADDRESSES, nextHeader: 17, payloadLength: 16, hopLimit: 64 });
  expect(parsePacket(packet)).toMatchObject({ ...ENDS, ttl: 64, tos: 0, payload: payloadOf(8) });
});

test('checkIpv6 holds the payload length against what is there', () => {
  const packet = buildUdp({ ...ENDS, payload: payloadOf(8) });
  const view = viewOf(packet);
  expect(ipv6PayloadLength(view, 0)).toBe(16);
  expect(checkIpv6(view, 0, 56)).toBeUndefined();
  expect(checkIpv6(view, 0, 55)).toBe('ip-bad-total-length');
  expect(checkIpv6(view, 0, 39)).toBe('ip-truncated');
  expect(checkIpv6(viewOf(patch(packet, 4, 0xff, 0xff)), 0, 56)).toBe('ip-bad-total-length');
});

describe('findTransport', () => {
  const options = (bytes = 8) => [0, bytes / 8 - 1, 1, bytes - 4, ...new Array(bytes - 4).fill(0)];
  const place = (packet: Uint8Array) => {
    const found = { transportAt: 0, protocol: 0 };
    return { refused: findTransport(viewOf(packet), 0, packet.length, found), ...found };
  };

  test.each([
    { name: 'no extension header', extensionHeaders: [], transportAt: 40 },
    { name: 'hop-by-hop options', extensionHeaders: [{ type: 0, body: options() }], transportAt: 48 },
    {
      name: 'long destination options',
      extensionHeaders: [{ type: 60, body: options(256) }],
      transportAt: 296,
    },
    {
      name: 'four headers',
      extensionHeaders: [0, 60, 60, 60].map((type) => ({ type, body: options() })),
      transportAt: 72,
    },
  ])('steps over $name', ({ extensionHeaders, transportAt }) => {
    const packet = buildUdp({ ...ENDS, extensionHeaders });
    expect(place(packet)).toEqual({ refused: undefined, transportAt, protocol: 17 });
  });

  test.each([
    { name: 'a fragment (F3)', types: [44], refused: 'ip-fragment' },
    { name: 'a fragment behind options (F4)', types: [60, 44], refused: 'ip-fragment' },
    { name: 'a routing header', types: [43], refused: 'ipv6-extension-header' },
    { name: 'a routing header behind options', types: [0, 43], refused: 'ipv6-extension-header' },
    {
      name: 'more headers than anybody sends',
      types: [60, 60, 60, 60, 60],
      refused: 'ipv6-extension-header',
    },
  ])('refuses $name', ({ types, refused }) => {
    const packet = buildUdp({ ...ENDS, extensionHeaders: types.map((type) => ({ type, body: options() })) });
    expect(place(packet).refused).toBe(refused);
  });

  test.each([
    ['alone', [60, 0, 0xc9, 4, 0, 0, 0, 0]],
    ['behind padding', [60, 1, 0, 1, 2, 0, 0, 0xc9, 4, 0, 0, 0, 0, 0, 0, 0]],
  ])('F15 refuses a home address among destination options, %s', (_where, body) => {
    const packet = buildUdp({ ...ENDS, extensionHeaders: [{ type: 60, body }] });
    expect(place(packet).refused).toBe('ipv6-extension-header');
  });

  test('takes no data of an option for a home address, nor padding at the very end for an option', () => {
    const body = [60, 1, 0x1e, 4, 0xc9, 0xc9, 0xc9, 0xc9, 1, 5, 0, 0, 0, 0, 0, 0];
    const packet = buildUdp({ ...ENDS, extensionHeaders: [{ type: 60, body }] });
    expect(place(packet).refused).toBeUndefined();
  });

  test('FL-05 refuses a header chain cut anywhere', () => {
    const packet = buildUdp({ ...ENDS, extensionHeaders: [{ type: 60, body: options(32) }] });
    for (let end = 40; end < 72; end++) {
      const found = { transportAt: 0, protocol: 0 };
      expect(findTransport(viewOf(packet.slice(0, end)), 0, end, found)).toBe('ipv6-extension-header');
    }
  });
});
