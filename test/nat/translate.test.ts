import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CLIENT_AT,
  EGRESS_AT,
  INNER_AT,
  OUTSIDE,
  PORTS,
  RECORD_WORDS,
  REMOTE,
} from '../../src/nat/flow-record.ts';
import {
  computeDeltas,
  restoreInbound,
  restoreOutbound,
  translateInbound,
  translateOutbound,
} from '../../src/nat/translate.ts';
import { PacketView } from '../../src/wire/packet-view.ts';
import { addressText, joinEndpoint } from '../support/address-text.ts';
import { buildEcho, buildTcp, buildUdp, finishPartialChecksum } from '../support/build-packet.ts';

const BASE = 3 * RECORD_WORDS;

/** Bytes that add up to either zero of one's complement more often than chance has it. */
const corner = fc.oneof(fc.constantFrom(0x00, 0xff, 0x80, 0x7f, 0x01, 0xfe), fc.nat(255));
const address = (size: 4 | 16) =>
  fc
    .array(corner, { minLength: size - 1, maxLength: size - 1 })
    // A first byte that is no martian's.
    .map((rest) => Uint8Array.of(size === 4 ? 100 : 0x20, ...rest));
const port = fc.oneof(fc.constantFrom(0, 1, 0xffff, 0xfffe, 0x8000), fc.nat(0xffff));

const flow = fc.constantFrom(4 as const, 16 as const).chain((size) =>
  fc.record({
    client: address(size),
    inner: address(size),
    remote: address(size),
    egress: address(size),
    clientPort: port,
    destinationPort: port,
    externalPort: port,
    protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'echo' as const),
    payload: fc.array(corner, { maxLength: 21 }).map((bytes) => Uint8Array.from(bytes)),
    partial: fc.boolean(),
  }),
);
type Flow = typeof flow extends fc.Arbitrary<infer Value> ? Value : never;

/** Land packets are refused before they come here. */
const isHonest = ({ client, inner, remote, egress }: Flow) =>
  addressText(client) !== addressText(inner) && addressText(remote) !== addressText(egress);

const PLACES = [CLIENT_AT, INNER_AT, EGRESS_AT];
const NUMBERS = { tcp: 6, udp: 17, echo: 1 };

function recordOf(one: Flow): Uint32Array {
  const words = new Uint32Array(5 * RECORD_WORDS);
  const family = one.client.length === 4 ? 4 : 6;
  const put = (at: number, bytes: Uint8Array) => {
    const padded = new Uint8Array(16);
    padded.set(bytes, 16 - bytes.length);
    const view = new DataView(padded.buffer);
    for (let word = 0; word < 4; word++) words[at + word] = view.getUint32(word * 4);
  };
  put(BASE + REMOTE, one.remote);
  [one.client, one.inner, one.egress].forEach((bytes, index) => {
    const place = 4 * RECORD_WORDS + index * 4;
    words[BASE + (PLACES[index] ?? 0)] = place;
    put(place, bytes);
  });
  const protocol = one.protocol === 'echo' && family === 6 ? 58 : NUMBERS[one.protocol];
  words[BASE + PORTS] = (one.clientPort << 16) | (one.protocol === 'echo' ? 0 : one.destinationPort);
  words[BASE + OUTSIDE] = (one.externalPort << 16) | (protocol << 8) | family;
  computeDeltas(words, BASE);
  return words;
}

/** A packet of the flow; `askingPort` is the port of the client's side. */
function packetOf(
  one: Flow,
  from: Uint8Array,
  to: Uint8Array,
  askingPort: number,
  back: boolean,
): Uint8Array {
  const { payload, destinationPort } = one;
  if (one.protocol === 'echo') {
    const ends = { from: addressText(from), to: addressText(to) };
    return buildEcho({ ...ends, identifier: askingPort, reply: back, payload });
  }
  const [source, destination] = back ? [destinationPort, askingPort] : [askingPort, destinationPort];
  const make = one.protocol === 'tcp' ? buildTcp : buildUdp;
  return make({
    from: joinEndpoint(addressText(from), source),
    to: joinEndpoint(addressText(to), destination),
    payload,
    checksum: one.partial ? 'partial' : 'finished',
  });
}

type Rewrite = (packet: PacketView, words: Uint32Array, base: number, partial: boolean) => void;

function rewritten(one: Flow, packet: Uint8Array, rewrite: Rewrite): Uint8Array {
  const copy = packet.slice();
  const view = new PacketView(new DataView(copy.buffer));
  expect(view.decode(0, copy.length)).toBeUndefined();
  rewrite(view, recordOf(one), BASE, one.partial && one.protocol !== 'echo');
  return finished(one, copy);
}

/** Partial checksums are compared after a device has finished them. */
function finished(one: Flow, packet: Uint8Array): Uint8Array {
  if (!one.partial || one.protocol === 'echo') return packet;
  return finishPartialChecksum(packet, one.client.length === 4 ? 20 : 40, one.protocol === 'tcp' ? 16 : 6);
}

describe('translateOutbound and translateInbound', () => {
  test('F13 U16 write what a sender at that place would have written, checksums included', () => {
    fc.assert(
      fc.property(flow.filter(isHonest), (one) => {
        const inside = packetOf(one, one.client, one.inner, one.clientPort, false);
        const outside = packetOf(one, one.egress, one.remote, one.externalPort, false);
        expect(rewritten(one, inside, translateOutbound)).toEqual(finished(one, outside));
        const came = packetOf(one, one.remote, one.egress, one.externalPort, true);
        const seen = packetOf(one, one.inner, one.client, one.clientPort, true);
        expect(rewritten(one, came, translateInbound)).toEqual(finished(one, seen));
      }),
      { numRuns: 4000 },
    );
  });
});

describe('restoreOutbound and restoreInbound', () => {
  test('I4 I5 undo the translation of a packet', () => {
    fc.assert(
      fc.property(flow.filter(isHonest), (partialOrNot) => {
        const one = { ...partialOrNot, partial: false };
        const inside = packetOf(one, one.client, one.inner, one.clientPort, false);
        const outside = packetOf(one, one.egress, one.remote, one.externalPort, false);
        expect(rewritten(one, outside, restoreOutbound)).toEqual(inside);
        const came = packetOf(one, one.remote, one.egress, one.externalPort, true);
        const seen = packetOf(one, one.inner, one.client, one.clientPort, true);
        expect(rewritten(one, seen, restoreInbound)).toEqual(came);
      }),
      { numRuns: 2000 },
    );
  });
});
