import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Address, formatAddress, parseAddress } from '../../src/wire/address.ts';
import {
  ALL_NODES,
  checkNdp,
  emitNdp,
  isNdp,
  NDP_ADVERTISEMENT,
  NDP_SOLICITATION,
  type NdpMessage,
  ndpDestination,
  ndpMac,
  ndpOverride,
  ndpSolicited,
  ndpSource,
  ndpTarget,
  ndpType,
  solicitedNodeAddress,
  UNSPECIFIED,
} from '../../src/wire/ndp.ts';

const MAC = Uint8Array.of(2, 0, 0, 0, 0, 1);
const ROUTER = ip('2001:db8:9::1');
const TARGET = ip('2001:db8:9::9');

const SOLICITATION: NdpMessage = {
  type: NDP_SOLICITATION,
  source: ROUTER,
  destination: solicitedNodeAddress(TARGET),
  target: TARGET,
  mac: MAC,
  solicited: false,
  override: false,
};
const ADVERTISEMENT: NdpMessage = {
  type: NDP_ADVERTISEMENT,
  source: TARGET,
  destination: ROUTER,
  target: TARGET,
  mac: MAC,
  solicited: true,
  override: true,
};

// IPv6, 32 bytes of ICMPv6, hop limit 255; type 135, checksum left zero.
const SOLICITATION_BYTES = [
  ...[0x60, 0, 0, 0, 0, 32, 58, 255],
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ...[0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 9],
  ...[135, 0, 0, 0, 0, 0, 0, 0],
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9],
  ...[1, 1, 2, 0, 0, 0, 0, 1],
];

describe('emitNdp', () => {
  test('emitNdp writes a solicitation byte for byte, with the checksum of RFC 8200 section 8.1', () => {
    const { view, end } = emitted(SOLICITATION);
    const bytes = [...new Uint8Array(view.buffer, 0, end)];
    const checksum = independentChecksum(SOLICITATION_BYTES);
    expect(view.getUint16(42)).toBe(checksum);
    bytes[42] = 0;
    bytes[43] = 0;
    expect(bytes).toEqual(SOLICITATION_BYTES);
  });

  test.each([
    ['a solicitation', SOLICITATION],
    ['an advertisement', ADVERTISEMENT],
    ['a probe for duplicates', { ...SOLICITATION, source: UNSPECIFIED, mac: undefined }],
    ['an unsolicited advertisement', { ...ADVERTISEMENT, destination: ALL_NODES, solicited: false }],
  ])('emitNdp writes %s that checkNdp takes and the accessors read back', (_, message) => {
    const { view, end } = emitted(message);
    expect(isNdp(view, 0, end)).toBe(true);
    expect(checkNdp(view, 0, end)).toBeUndefined();
    expect({
      type: ndpType(view, 0),
      source: ndpSource(view, 0),
      destination: ndpDestination(view, 0),
      target: ndpTarget(view, 0),
      mac: ndpMac(view, 0),
      solicited: ndpSolicited(view, 0),
      override: ndpOverride(view, 0),
    }).toEqual(message);
  });
});

describe('checkNdp', () => {
  test.each([
    ['from beyond the link: hop limit 254', SOLICITATION, 7, 254],
    ['with a code', SOLICITATION, 41, 1],
    ['for a multicast target', SOLICITATION, 48, 0xff],
    ['with an option of no length', SOLICITATION, 65, 0],
    ['with an option past the end', SOLICITATION, 65, 2],
    ['that is no neighbour message', SOLICITATION, 40, 128],
  ])('checkNdp refuses a message %s', (_, message, at, value) => {
    const { view, end } = emitted(message);
    view.setUint8(at, value);
    repairChecksum(view, end);
    expect(checkNdp(view, 0, end)).toBe('ndp-malformed');
  });

  test('checkNdp refuses a probe for duplicates that names a MAC (RFC 4861 section 7.1.1)', () => {
    const { view, end } = emitted({ ...SOLICITATION, source: UNSPECIFIED });
    expect(checkNdp(view, 0, end)).toBe('ndp-malformed');
  });

  test('checkNdp refuses a probe for duplicates that goes to one node', () => {
    const { view, end } = emitted({
      ...SOLICITATION,
      source: UNSPECIFIED,
      mac: undefined,
      destination: TARGET,
    });
    expect(checkNdp(view, 0, end)).toBe('ndp-malformed');
  });

  test('checkNdp refuses an answer to everybody (RFC 4861 section 7.1.2)', () => {
    const { view, end } = emitted({ ...ADVERTISEMENT, destination: ALL_NODES });
    expect(checkNdp(view, 0, end)).toBe('ndp-malformed');
  });

  test('checkNdp refuses every single flipped bit outside traffic class and flow label', () => {
    const { view, end } = emitted(SOLICITATION);
    for (let bit = 32; bit < end * 8; bit++) {
      const at = bit >> 3;
      const before = view.getUint8(at);
      view.setUint8(at, before ^ (1 << (bit & 7)));
      expect(checkNdp(view, 0, end), `bit ${bit}`).toBeDefined();
      view.setUint8(at, before);
    }
    expect(checkNdp(view, 0, end)).toBeUndefined();
  });

  test('checkNdp refuses every truncation', () => {
    const { view, end } = emitted(SOLICITATION);
    for (let length = 0; length < end; length++) expect(checkNdp(view, 0, length)).toBeDefined();
  });

  test('checkNdp never throws, and what it takes the accessors read', () => {
    const sound = emitted(SOLICITATION);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), (message) => {
        const bytes = new Uint8Array(40 + message.length);
        bytes.set(new Uint8Array(sound.view.buffer, 0, 40));
        bytes.set(message, 40);
        bytes[40] = 135;
        bytes[41] = 0;
        const view = new DataView(bytes.buffer);
        view.setUint16(4, message.length);
        repairChecksum(view, bytes.length);
        if (checkNdp(view, 0, bytes.length) === undefined) expect(ndpMac(view, 0)?.length ?? 6).toBe(6);
      }),
    );
  });
});

test('solicitedNodeAddress keeps the last three bytes (RFC 4291 section 2.7.1)', () => {
  expect(formatAddress(solicitedNodeAddress(ip('2001:db8::1:800:200e:8c6c')))).toBe('ff02::1:ff0e:8c6c');
});

function emitted(message: NdpMessage): { view: DataView; end: number } {
  const view = new DataView(new ArrayBuffer(80));
  return { view, end: emitNdp(view, 0, message) };
}

function repairChecksum(view: DataView, end: number): void {
  view.setUint16(42, 0);
  view.setUint16(42, independentChecksum([...new Uint8Array(view.buffer, view.byteOffset, end)]));
}

/** RFC 1071 over the pseudo-header and the message, written apart from the product's own. */
function independentChecksum(packet: readonly number[]): number {
  const upper = packet.slice(40);
  const pseudo = [
    ...packet.slice(8, 40),
    0,
    0,
    upper.length >> 8,
    upper.length & 0xff,
    0,
    0,
    0,
    58,
    ...upper,
  ];
  if (pseudo.length % 2 === 1) pseudo.push(0);
  let sum = 0n;
  for (let at = 0; at < pseudo.length; at += 2)
    sum += BigInt(((pseudo[at] ?? 0) << 8) | (pseudo[at + 1] ?? 0));
  return 0xffff - Number(sum === 0n ? 0n : ((sum - 1n) % 0xffffn) + 1n);
}

function ip(text: string): Address {
  return parseAddress(text) ?? expect.fail(text);
}
