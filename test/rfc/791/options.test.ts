/** RFC 791 section 3.1: which options a fragment has when the gateway cuts a packet (rows U14 and F15). */
import { describe, expect, test } from 'vitest';
import { buildUdp, payloadOf } from '../../support/build-packet.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { joinPieces } from '../../support/pieces.ts';
import { PARTIES, tellStory } from '../../support/story.ts';

/** Router alert (RFC 2113) and stream identifier are for every fragment, the two others for the first one. */
const ROUTER_ALERT = [0x94, 4, 0, 0];
const STREAM = [0x88, 4, 0, 7];
const TRACEROUTE = [0x52, 12, 0, 1, 0, 0, 0, 0, 192, 0, 2, 1];
const NO_OPERATION = 1;
const END = 0;

const optionsOf = (packet: Uint8Array) => [...packet.subarray(20, ((packet[0] ?? 0) & 15) * 4)];

describe('a packet with options that is cut', () => {
  test.each([
    ['all', [...ROUTER_ALERT, ...STREAM], [...ROUTER_ALERT, ...STREAM]],
    ['none', TRACEROUTE, []],
    ['some', [...TRACEROUTE, NO_OPERATION, ...ROUTER_ALERT, END, 0, 0], ROUTER_ALERT],
    [
      'one that is padded',
      [0x86, 6, 0, 0, 0, 1, ...TRACEROUTE, NO_OPERATION, END],
      [0x86, 6, 0, 0, 0, 1, END, END],
    ],
  ])(
    'U14 F15 has them on its first piece, and on every other one those that say so: %s',
    (_which, ipOptions, others) => {
      const gateway = tellStory({ mtu: 1000 });
      const { alice, bank, server } = PARTIES[4];
      const packet = buildUdp({
        from: `${alice}:7`,
        to: `${bank}:443`,
        payload: payloadOf(3000),
        fragment: 0,
        ipOptions,
      });
      expect(gateway.send(packet)).toMatchObject({ wan: [], clients: [] });
      const pieces = gateway.takeOwn('wan').map((frame) => frame.packet);
      expect(pieces.length).toBeGreaterThan(3);
      expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(1000);
      expect(pieces.map(optionsOf)).toEqual(pieces.map((_, index) => (index === 0 ? ipOptions : others)));
      expect(parsePacket(joinPieces(pieces))).toMatchObject({
        to: `${server}:443`,
        payload: payloadOf(3000),
      });
    },
  );
});
