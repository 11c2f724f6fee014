import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeFrameFilter } from '../../src/device/frame-filter.ts';
import { EVERY_PORT, type PortShare } from '../../src/wire/port-share.ts';
import { buildEcho, buildIcmpError, buildTcp, buildUdp } from '../support/build-packet.ts';
import { answerNeighbour, askNeighbour } from '../support/neighbour-frames.ts';
import { type FrameFacts, runClassicBpf } from '../support/run-bpf.ts';

/** What the uplink carries. */
type Link = (typeof LINKS)[number];
/** What it is, and the packet. */
type Case = [string, Uint8Array];

const LINKS = ['frames', 'bare packets'] as const;
const SITE = { 4: '192.0.2.7', 6: '[2001:db8:2::7]' } as const;
const EGRESS = { 4: '203.0.113.9', 6: '[2001:db8:9::1]' } as const;
const bare = (text: string) => text.replace(/[[\]]/g, '');
const sharesOf = (workers: number) => Array.from({ length: workers }, (_, worker) => ({ worker, workers }));

function frameOf(packet: Uint8Array, etherType = (packet[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800): Uint8Array {
  return Uint8Array.of(...new Uint8Array(12).fill(2), etherType >> 8, etherType & 255, ...packet);
}

/** What the filter of a share answers to a frame, or on a link without frames to the packet in it. */
function ask(link: Link, share: PortShare, frame: Uint8Array, facts: FrameFacts = {}): number {
  if (link === 'frames') return runClassicBpf(makeFrameFilter(share), frame, facts);
  const protocol = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
  return runClassicBpf(makeFrameFilter(share, false), frame.subarray(14), { ...facts, protocol });
}

/** The workers that take a frame. */
function takersOf(link: Link, frame: Uint8Array, workers: number): number[] {
  return sharesOf(workers)
    .filter((share) => ask(link, share, frame) !== 0)
    .map(({ worker }) => worker);
}

const WAYS = LINKS.flatMap((link) => ([4, 6] as const).map((family) => [link, family] as const));
describe.each(WAYS)('makeFrameFilter for %s, over IPv%i', (link, family) => {
  const site = SITE[family];
  const egress = EGRESS[family];
  const [from, to] = [`${site}:443`, `${egress}:40005`];
  const sent = { from: `${egress}:40005`, to: `${site}:443` };
  const ends = { from: bare(site), to: bare(egress) };
  const echo = { from: bare(egress), to: bare(site), identifier: 40_005 };
  const [unreachable, tooBig, exceeded] = family === 4 ? [3, 3, 11] : [1, 2, 3];

  const ownedInIpv4: Case[] = [
    ['TCP behind IP options', buildTcp({ from, to, ipOptions: [1, 1, 1, 0] })],
    [
      'an error about TCP with IP options',
      buildIcmpError({
        ...ends,
        type: 12,
        ipOptions: [1, 1, 1, 0],
        quote: buildTcp({ ...sent, ipOptions: Array(40).fill(1) }),
      }),
    ],
  ];
  const owned: Case[] = [
    ['TCP', buildTcp({ from, to, flags: 'SA' })],
    ['UDP', buildUdp({ from, to })],
    ['an echo reply', buildEcho({ ...ends, identifier: 40_005, reply: true })],
    ['an error about UDP', buildIcmpError({ ...ends, type: unreachable ?? 0, quote: buildUdp(sent) })],
    ['an error about TCP', buildIcmpError({ ...ends, type: tooBig ?? 0, code: 4, quote: buildTcp(sent) })],
    ['an error about an echo', buildIcmpError({ ...ends, type: exceeded ?? 0, quote: buildEcho(echo) })],
    ...(family === 4 ? ownedInIpv4 : []),
  ];
  test.each(owned)('gives %s to the owner of the external port', (_what, packet) => {
    for (const workers of [1, 2, 3, 5, 16])
      expect(takersOf(link, frameOf(packet), workers)).toEqual([40_005 % workers]);
  });

  const unclearInIpv4: Case[] = [
    ['a first fragment', buildUdp({ from, to, fragment: 0x2000 })],
    ['a later fragment', buildUdp({ from, to, fragment: 0x0010 })],
    ['a header that ends behind the frame', withHeaderLength(buildTcp({ from, to }).subarray(0, 24))],
  ];
  const unclearInIpv6: Case[] = [
    ['a fragment', buildUdp({ from, to, extensionHeaders: [{ type: 44, body: [0, 0, 1, 0, 0, 0, 9] }] })],
    [
      'UDP behind an extension header',
      buildUdp({ from, to, extensionHeaders: [{ type: 60, body: [0, 1, 4, 0, 0, 0, 0] }] }),
    ],
  ];
  const unclear: Case[] = [
    ['an echo request', buildEcho({ ...ends, identifier: 40_005 })],
    ['another protocol', rewriteProtocol(buildUdp({ from, to }), family)],
    ['an error about another protocol', errorAbout(rewriteProtocol(buildUdp(sent), family))],
    ['an error that quotes too little', errorAbout(buildUdp(sent).subarray(0, 12))],
    ['TCP that ends before its ports', buildTcp({ from, to }).subarray(0, family === 4 ? 22 : 42)],
    ...(family === 4 ? unclearInIpv4 : unclearInIpv6),
  ];
  test.each(unclear)('leaves %s to the first worker', (_what, packet) => {
    for (const workers of [2, 3, 4, 16]) expect(takersOf(link, frameOf(packet), workers)).toEqual([0]);
  });

  test('lets every worker hear the neighbours', () => {
    const neighbour = {
      address: family === 4 ? '203.0.113.254' : '2001:db8:9::fe',
      mac: '02:aa:00:00:00:fe',
    };
    const frames = [
      askNeighbour(bare(egress), neighbour),
      answerNeighbour(neighbour.address, neighbour.mac, '02:00:00:00:00:01'),
    ];
    for (const { packet, etherType } of frames)
      expect(takersOf(link, frameOf(packet, etherType), 3)).toEqual([0, 1, 2]);
  });

  function errorAbout(quote: Uint8Array): Uint8Array {
    return buildIcmpError({ ...ends, type: unreachable ?? 0, quote });
  }
});

describe.each(LINKS)('makeFrameFilter for %s', (link) => {
  test('leaves what is no IP to the first worker', () => {
    expect(takersOf(link, frameOf(new Uint8Array(46), 0x88cc), 4)).toEqual([0]);
    expect(takersOf(link, new Uint8Array(14), 4)).toEqual([0]);
  });

  test('gives whatever comes to exactly one worker, unless all hear it as a neighbour', () => {
    const anyFrame = fc
      .record({
        etherType: fc.constantFrom(0x0800, 0x86dd),
        head: fc.uint8Array({ minLength: 0, maxLength: 130 }),
        version: fc.constantFrom(0x45, 0x46, 0x4f, 0x40, 0x60),
        protocol: fc.constantFrom(1, 6, 17, 58, 44),
        type: fc.constantFrom(0, 1, 3, 4, 11, 129, 135),
      })
      .map(({ etherType, head, version, protocol, type }) => {
        const packet = head.slice();
        const isIpv6 = etherType === 0x86dd;
        const patches = [
          [0, version],
          isIpv6 ? [6, protocol] : [9, protocol],
          [isIpv6 ? 40 : 20, type],
        ] as const;
        for (const [at, value] of patches) if (at < packet.length) packet[at] = value;
        return frameOf(packet, etherType);
      });
    fc.assert(
      fc.property(anyFrame, fc.integer({ min: 1, max: 16 }), (frame, workers) => {
        expect(takersOf(link, frame, workers).length).toBe(isNdp(frame) ? workers : 1);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['to another machine', { packetType: 3 }],
    ['that this host sends', { packetType: 4 }],
    ['of another VLAN', { vlanTag: 5 }],
  ])('takes no frame %s, whoever owns its port', (_what, facts) => {
    const frame = frameOf(buildTcp({ from: '192.0.2.7:443', to: '203.0.113.9:40005' }));
    for (const share of [EVERY_PORT, ...sharesOf(3)]) expect(ask(link, share, frame, facts)).toBe(0);
  });

  test('takes frames with a mere priority tag, and of broadcast and multicast', () => {
    const frame = frameOf(buildTcp({ from: '192.0.2.7:443', to: '203.0.113.9:40005' }));
    for (const facts of [{ vlanTag: 0xe000 }, { packetType: 1 }, { packetType: 2 }])
      expect(ask(link, EVERY_PORT, frame, facts)).toBe(0xffff_ffff);
  });
});

function isNdp(frame: Uint8Array): boolean {
  return (
    frame.length >= 62 && frame[12] === 0x86 && frame[20] === 58 && (frame[54] === 135 || frame[54] === 136)
  );
}

/** SCTP's number over what was UDP. */
function rewriteProtocol(packet: Uint8Array, family: 4 | 6): Uint8Array {
  const other = packet.slice();
  other[family === 4 ? 9 : 6] = 132;
  return other;
}

/** Says that the IPv4 header has 60 bytes. */
function withHeaderLength(packet: Uint8Array): Uint8Array {
  const longer = packet.slice();
  longer[0] = 0x4f;
  return longer;
}
