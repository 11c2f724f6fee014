import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PacketView } from '../../src/wire/packet-view.ts';
import { addressWords } from '../support/address-text.ts';
import {
  buildEcho,
  buildIcmp,
  buildIp,
  buildTcp,
  buildUdp,
  fixIpv4Checksum,
  patch,
  payloadOf,
} from '../support/build-packet.ts';
import { decoded } from '../support/nat-fixture.ts';

const V4 = { from: '10.64.0.2:40000', to: '100.80.1.2:443' };
const V6 = { from: '[fd00:64::2]:40000', to: '[2606:4700:cf1:4000::12]:443' };
const TCP4 = buildTcp({ ...V4, payload: payloadOf(20) });
const TCP6 = buildTcp({ ...V6, payload: payloadOf(20) });
const UDP4 = buildUdp({ ...V4, payload: payloadOf(20) });
const UDP6 = buildUdp({ ...V6, payload: payloadOf(20) });

/** The verdict on a packet that stands among other bytes. */
function verdictOn(packet: Uint8Array, length = packet.length): string | undefined {
  const slot = new Uint8Array(24 + Math.max(packet.length, length) + 100).fill(0x45);
  slot.set(packet, 24);
  return new PacketView(new DataView(slot.buffer)).decode(24, length);
}

describe('PacketView.decode', () => {
  test.each([
    { name: 'TCP', packet: TCP4, family: 4, protocol: 6, transportAt: 20 },
    { name: 'TCP', packet: TCP6, family: 6, protocol: 6, transportAt: 40 },
    { name: 'UDP', packet: UDP4, family: 4, protocol: 17, transportAt: 20 },
    { name: 'UDP', packet: UDP6, family: 6, protocol: 17, transportAt: 40 },
  ])('reads $name over IPv$family', ({ packet, family, protocol, transportAt }) => {
    const view = decoded(packet);
    const { from, to } = family === 4 ? V4 : V6;
    expect(view).toMatchObject({ family, protocol, transportAt, at: 0, end: packet.length });
    expect(view).toMatchObject({ sourcePort: 40_000, destinationPort: 443 });
    const addresses = [from, to].flatMap((text) => [
      ...addressWords(text.replace(/:\d+$/, '').replace(/[[\]]/g, '')),
    ]);
    expect([...view.addresses]).toEqual(addresses);
    expect(view.isIcmpError()).toBe(false);
    expect(view.isEchoReply()).toBe(false);
  });

  test('I1 takes the identifier of an echo for the port of the side that asked', () => {
    for (const [from, to] of [
      ['10.64.0.2', '100.80.1.2'],
      ['fd00::2', '2001:db8::1'],
    ] as const) {
      const request = decoded(buildEcho({ from, to, identifier: 4321 }));
      const reply = decoded(buildEcho({ from, to, identifier: 4321, reply: true }));
      expect(request).toMatchObject({ sourcePort: 4321, destinationPort: 0 });
      expect(reply).toMatchObject({ sourcePort: 0, destinationPort: 4321 });
      expect([request.isEchoReply(), reply.isEchoReply()]).toEqual([false, true]);
      expect([request.isIcmpError(), reply.isIcmpError()]).toEqual([false, false]);
    }
  });

  test('knows the other ICMP types from echoes', () => {
    for (const type of [3, 5, 11, 12, 129, 128]) {
      const view = decoded(
        buildIcmp({ from: '10.64.0.2', to: '192.0.2.1' }, Uint8Array.of(type, 0, 0, 0, 9, 9, 9, 9)),
      );
      expect(view.isIcmpError()).toBe(true);
      expect(view).toMatchObject({ sourcePort: 0, destinationPort: 0 });
    }
  });

  test('leaves nothing of the last packet behind', () => {
    const slot = new DataView(new ArrayBuffer(200));
    const view = new PacketView(slot);
    const load = (packet: Uint8Array) => {
      new Uint8Array(slot.buffer).fill(0).set(packet);
      return view.decode(0, packet.length);
    };
    expect(load(buildIcmp({ from: 'fd00::2', to: 'fd00::3' }, new Uint8Array(16).fill(1)))).toBeUndefined();
    expect(view.isIcmpError()).toBe(true);
    expect(load(TCP4)).toBeUndefined();
    expect([...view.addresses.subarray(0, 3), ...view.addresses.subarray(4, 7)]).toEqual(Array(6).fill(0));
    expect(view.isIcmpError()).toBe(false);
  });

  test('takes the IP length for the end, not what the device padded', () => {
    const padded = Uint8Array.of(...buildTcp(V4), 0, 0, 0, 0, 0, 0);
    expect(decoded(padded).end).toBe(40);
    expect(decoded(Uint8Array.of(...buildUdp(V6), 0, 0)).end).toBe(48);
  });

  test('steps over IPv4 options and IPv6 extension headers', () => {
    const ipOptions = [136, 4, 0, 7, 1, 1, 1, 0x94, 4, 0, 0, 0]; // stream id, nothing, router alert, end
    expect(decoded(buildTcp({ ...V4, ipOptions }))).toMatchObject({ transportAt: 32, sourcePort: 40_000 });
    const extensionHeaders = [
      { type: 0, body: [0, 0, 1, 4, 0, 0, 0, 0] },
      { type: 60, body: [0, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
    ];
    const view = decoded(buildTcp({ ...V6, extensionHeaders }));
    expect(view).toMatchObject({ transportAt: 64, protocol: 6, sourcePort: 40_000 });
  });
});

describe('PacketView.decode refuses', () => {
  test.each([0, 1, 2, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15])('R6 FL-05 version %i', (version) => {
    const packet = fixIpv4Checksum(patch(TCP4, 0, (version << 4) | 5));
    expect(verdictOn(packet)).toBe('ip-bad-version');
  });

  test('R6 FL-05 version 6 on an IPv4 packet and the reverse', () => {
    expect(verdictOn(patch(TCP4, 0, 0x65))).toBeTypeOf('string');
    expect(verdictOn(patch(TCP6, 0, 0x45))).toBeTypeOf('string');
  });

  test.each([0, 1, 2, 3, 4])('R6 FL-05 a header of %i words', (words) => {
    expect(verdictOn(fixIpv4Checksum(patch(TCP4, 0, 0x40 | words)))).toBe('ip-bad-header-length');
  });

  test('R6 FL-05 a header longer than the packet', () => {
    const packet = patch(buildIp('10.0.0.1', '10.0.0.2', 17, new Uint8Array(8)), 0, 0x4f);
    expect(verdictOn(packet)).toBe('ip-bad-header-length');
  });

  test.each([0, 1, 19, 61, 1500, 65_535])('R6 FL-05 a total length of %i in a packet of 60', (total) => {
    const packet = fixIpv4Checksum(patch(TCP4, 2, total >> 8, total & 255));
    expect([packet.length, verdictOn(packet)]).toEqual([60, 'ip-bad-total-length']);
  });

  test('R6 FL-05 every truncation', () => {
    for (const packet of [TCP4, TCP6, UDP4, UDP6]) {
      for (let length = 0; length < packet.length; length++) {
        expect(verdictOn(packet.subarray(0, length), length)).toMatch(/^ip-(truncated|bad-)/);
      }
    }
  });

  test('R6 FL-05 every total length that cuts the transport header short', () => {
    for (let total = 20; total < 40; total++) {
      expect(verdictOn(fixIpv4Checksum(patch(TCP4, 3, total)))).toBe('transport-truncated');
    }
    for (let payload = 0; payload < 20; payload++) {
      expect(verdictOn(patch(TCP6, 5, payload))).toBe('transport-truncated');
    }
  });

  test('R6 every single wrong bit of an IPv4 header', () => {
    for (let bit = 0; bit < 160; bit++) {
      const at = bit >> 3;
      expect(verdictOn(patch(TCP4, at, (TCP4[at] ?? 0) ^ (0x80 >> (bit & 7))))).toMatch(/^ip-/);
    }
  });

  test.each([
    { name: 'a first fragment', fragment: 0x2000 },
    { name: 'a last fragment', fragment: 0x0001 },
    { name: 'a middle fragment with DF', fragment: 0x6010 },
    { name: 'the ping of death', fragment: 0x1fff },
  ])('FL-07 $name', ({ fragment }) => {
    expect(verdictOn(buildUdp({ ...V4, fragment }))).toBe('ip-fragment');
  });

  test('F3 an IPv6 fragment, also an atomic one', () => {
    const extensionHeaders = [{ type: 44, body: [0, 0, 0, 0, 0, 0, 0, 9] }];
    expect(verdictOn(buildUdp({ ...V6, extensionHeaders }))).toBe('ip-fragment');
  });

  test.each([
    { name: 'loose', ipOptions: [131, 7, 4, 192, 0, 2, 1, 0] },
    { name: 'strict', ipOptions: [137, 7, 4, 192, 0, 2, 1, 0] },
    { name: 'loose behind a no-op', ipOptions: [1, 131, 7, 4, 192, 0, 2, 1] },
    { name: 'strict behind another option', ipOptions: [0x94, 4, 0, 0, 137, 3, 4, 0] },
  ])('F15 source route, $name', ({ ipOptions }) => {
    expect(verdictOn(buildTcp({ ...V4, ipOptions }))).toBe('ip-source-route');
  });

  test.each([
    { name: 'a recorded route', ipOptions: [7, 11, 8, 10, 64, 0, 2, 0, 0, 0, 0, 0] },
    { name: 'a recorded route behind another option', ipOptions: [0x94, 4, 0, 0, 7, 3, 4, 0] },
    { name: 'timestamps with addresses', ipOptions: [68, 12, 13, 1, 10, 64, 0, 2, 0, 0, 0, 9] },
  ])('F15 A1 $name, which would show inner addresses outside', ({ ipOptions }) => {
    expect(verdictOn(buildTcp({ ...V4, ipOptions }))).toBe('ip-recording-option');
  });

  test('F15 lets bytes behind the end of options be anything', () => {
    expect(verdictOn(buildTcp({ ...V4, ipOptions: [1, 0, 131, 7] }))).toBeUndefined();
  });

  test.each([
    { ipOptions: [136, 0, 0, 0] },
    { ipOptions: [136, 1, 0, 0] },
    { ipOptions: [136, 5, 0, 0] },
    { ipOptions: [136, 255, 0, 0] },
    { ipOptions: [1, 1, 1, 136] },
  ])('R6 options that lie about their length: $ipOptions', ({ ipOptions }) => {
    expect(verdictOn(buildTcp({ ...V4, ipOptions }))).toBe('ip-bad-header-length');
  });

  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['127.0.0.1', '192.0.2.1'],
    ['10.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '192.0.2.1'],
    ['10.0.0.1', '255.255.255.255'],
    ['10.0.0.1', '224.0.0.1'],
    ['239.1.2.3', '192.0.2.1'],
    ['169.254.1.1', '192.0.2.1'],
    ['10.0.0.1', '169.254.169.254'],
    ['240.0.0.1', '192.0.2.1'],
    ['fd00::1', 'fd00::1'],
    ['::1', '2001:db8::1'],
    ['fd00::1', '::1'],
    ['::', '2001:db8::1'],
    ['fe80::1', '2001:db8::1'],
    ['fd00::1', 'fe80::1'],
    ['fd00::1', 'ff02::1'],
    ['ff02::1', 'fd00::1'],
    ['::ffff:a00:1', '2001:db8::1'],
    ['::a00:1', '2001:db8::1'],
  ])('R5 FL-08 %s to %s', (source, destination) => {
    expect(verdictOn(buildIp(source, destination, 17, new Uint8Array(8)))).toBe('ip-martian');
  });

  test.each([
    { name: 'a routing header', extensionHeaders: [{ type: 43, body: [0, 0, 0, 0, 0, 0, 0, 0] }] },
    { name: 'a header cut short', extensionHeaders: [{ type: 0, body: [0, 200, 1, 4, 0, 0, 0, 0] }] },
    {
      name: 'hop-by-hop options that are not first',
      extensionHeaders: [
        { type: 60, body: [0, 0, 1, 4, 0, 0, 0, 0] },
        { type: 0, body: [0, 0, 1, 4, 0, 0, 0, 0] },
      ],
    },
    { name: 'five headers', extensionHeaders: Array(5).fill({ type: 60, body: [0, 0, 1, 4, 0, 0, 0, 0] }) },
  ])('R6 FL-05 $name', ({ extensionHeaders }) => {
    expect(verdictOn(buildTcp({ ...V6, extensionHeaders }))).toBe('ipv6-extension-header');
  });

  test.each([0, 1, 2, 3, 4, 11, 15])('FL-06 a TCP data offset of %i words in ten', (words) => {
    const packet = buildTcp({ ...V4, payload: payloadOf(20) });
    expect(verdictOn(patch(packet, 32, words << 4))).toBe('transport-bad-length');
  });

  test.each(['', 'U', 'P', 'PU', 'F', 'FU', 'SF', 'SR', 'SFR', 'SFA', 'SRA', 'FR', 'FRA', 'FSRPAU'])(
    'FL-06 TCP flags "%s"',
    (flags) => {
      expect(verdictOn(buildTcp({ ...V4, flags }))).toBe('tcp-bad-flags');
    },
  );

  test.each(['S', 'SA', 'A', 'PA', 'FA', 'FPA', 'R', 'RA', 'RPA', 'SEC', 'SAE', 'AU', 'SP'])(
    'FL-06 X3 but lets TCP flags "%s" pass',
    (flags) => {
      expect(verdictOn(buildTcp({ ...V4, flags }))).toBeUndefined();
    },
  );

  test.each([0, 1, 7, 29, 65_535])('FL-06 a UDP length of %i in 28 bytes', (length) => {
    expect(verdictOn(patch(UDP4, 24, length >> 8, length & 255))).toBe('transport-bad-length');
    expect(verdictOn(patch(UDP6, 44, length >> 8, length & 255))).toBe('transport-bad-length');
  });

  test('F5 U16 an absent UDP checksum in IPv6, not in IPv4', () => {
    expect(verdictOn(buildUdp({ ...V6, checksum: 'absent' }))).toBe('transport-bad-checksum');
    expect(verdictOn(buildUdp({ ...V4, checksum: 'absent' }))).toBeUndefined();
  });

  test('G1 every other transport', () => {
    for (let protocol = 0; protocol < 256; protocol++) {
      if (![1, 6, 17].includes(protocol)) {
        expect(verdictOn(buildIp('10.0.0.1', '192.0.2.1', protocol, new Uint8Array(40)))).toBe(
          'protocol-unsupported',
        );
      }
      if (![58, 6, 17].includes(protocol)) {
        expect(verdictOn(buildIp('fd00::1', '2001:db8::1', protocol, new Uint8Array(40)))).toMatch(
          /^(protocol-unsupported|ip-fragment|ipv6-extension-header)$/,
        );
      }
    }
  });

  test('FL-06 an ICMP message of fewer than eight bytes', () => {
    for (let bytes = 0; bytes < 8; bytes++) {
      expect(verdictOn(buildIp('10.0.0.1', '192.0.2.1', 1, new Uint8Array(bytes)))).toBe(
        'transport-truncated',
      );
      expect(verdictOn(buildIp('fd00::1', '2001:db8::1', 58, new Uint8Array(bytes)))).toBe(
        'transport-truncated',
      );
    }
  });
});

describe('PacketView', () => {
  /** A packet that is right but for a few bytes, and pure noise. */
  const almost = fc
    .tuple(
      fc.constantFrom(
        TCP4,
        TCP6,
        UDP4,
        UDP6,
        buildEcho({ from: '10.0.0.1', to: '192.0.2.1', identifier: 1 }),
      ),
      fc.array(fc.tuple(fc.nat(70), fc.nat(255)), { maxLength: 6 }),
      fc.boolean(),
    )
    .map(([packet, changes, repair]) => {
      const broken = changes.reduce((bytes, [at, value]) => patch(bytes, at % bytes.length, value), packet);
      return repair && (broken[0] ?? 0) >> 4 === 4 ? fixIpv4Checksum(broken) : broken;
    });
  const noise = fc
    .uint8Array({ maxLength: 120 })
    .map((bytes) => (bytes.length > 0 ? patch(bytes, 0, ((bytes[0] ?? 0) & 1 ? 0x40 : 0x60) | 5) : bytes));

  test('R6 FL-05 FL-06 never throws, reads nothing behind the packet and keeps every offset inside', () => {
    fc.assert(
      fc.property(fc.oneof(almost, noise, fc.uint8Array({ maxLength: 100 })), (bytes) => {
        // No byte stands behind the packet: a read past its end would throw.
        const view = new PacketView(new DataView(Uint8Array.from(bytes).buffer));
        const refused = view.decode(0, bytes.length);
        if (refused !== undefined) return;
        expect(view.transportAt).toBeGreaterThanOrEqual(20);
        expect(view.end).toBeLessThanOrEqual(bytes.length);
        expect(view.end - view.transportAt).toBeGreaterThanOrEqual(8);
        if (!view.isIcmpError()) return;
        new PacketView(view.view).decodeQuoted(view);
      }),
      { numRuns: 30_000 },
    );
  });

  test('I3 decodeQuoted never throws, whatever an error quotes', () => {
    fc.assert(
      fc.property(fc.oneof(almost, noise), fc.nat(80), fc.nat(0xffff_ffff), (quote, cut, rest) => {
        for (const [from, to, types] of [
          ['192.0.2.1', '10.0.0.1', [3, 11, 12]],
          ['2001:db8::1', 'fd00::1', [1, 2, 3, 4]],
        ] as const) {
          for (const type of types) {
            const words = [rest >>> 24, (rest >>> 16) & 255, (rest >>> 8) & 255, rest & 255];
            const message = Uint8Array.of(type, 0, 0, 0, ...words, ...quote.subarray(0, cut));
            const error = decoded(buildIcmp({ from, to }, message));
            const quoted = new PacketView(error.view);
            if (quoted.decodeQuoted(error) !== undefined) continue;
            expect(quoted.end).toBeLessThanOrEqual(error.end);
            expect(quoted.end - quoted.transportAt).toBeGreaterThanOrEqual(8);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });
});
