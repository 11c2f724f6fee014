/**
 * Fragments of clients over a bridge, on a host that tracks connections: they reach the gateway as they were sent, and leave it
 * no larger than they came (rows U15, F1, F2 and F10).
 */
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { buildUdp, patch, payloadOf } from '../test/support/build-packet.ts';
import { cutIntoPieces } from '../test/support/pieces.ts';
import { lease } from './support/clients.ts';
import { captureAtSite, sendPackets } from './support/probe.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab();
const FAMILIES = [4, 6] as const;
const ALICE = { 4: '10.64.0.2:7000', 6: '[fd00:64::2]:7000' };
const MARKER = payloadOf(77);

/** Lengths of what reaches the site, without the packet that ends the capture. */
async function arriving(family: 4 | 6, makePieces: (to: string) => Uint8Array[]): Promise<number[]> {
  const address = lease(lab, 'alice', 'probe.example.com', family);
  const to = family === 4 ? `${address}:9` : `[${address}]:9`;
  const marker = buildUdp({ from: ALICE[family], to, payload: MARKER });
  const lines = await captureAtSite(lab, {
    site: 'probe.example.com',
    last: 'length 77',
    act: async () => {
      sendPackets(
        lab,
        'alice',
        family,
        makePieces(to).map((piece) => Buffer.from(piece)),
      );
      // Pieces leave behind the whole packets of their batch.
      await setTimeout(200);
      sendPackets(lab, 'alice', family, [Buffer.from(marker)]);
    },
  });
  const length = family === 4 ? /\blength (\d+)\)/ : /payload length: (\d+)/;
  const lengths = lines.map((line) => Number(length.exec(line)?.[1]) + (family === 4 ? 0 : 40));
  return lengths.slice(0, -1);
}

test.each(FAMILIES)('F1 F2 an IPv%i packet with a piece within another one goes nowhere', async (family) => {
  const lengths = await arriving(family, (to) => {
    const packet = buildUdp({ from: ALICE[family], to, payload: payloadOf(2000), fragment: 0 });
    const [first = packet, second = packet] = cutIntoPieces(packet, 1200);
    const [, within = packet] = cutIntoPieces(packet.subarray(0, packet.length), 600);
    return [first, within, second];
  });
  expect(lengths).toEqual([]);
});

test('F10 an IPv6 packet leaves in pieces that are no larger than they came', async () => {
  const lengths = await arriving(6, (to) => {
    const packet = buildUdp({ from: ALICE[6], to, payload: payloadOf(1400) });
    // Another number than the packet's above, whose rest would still be refused.
    return cutIntoPieces(packet, 1232).map((piece) => patch(piece, 44, 0, 0, 0, 10));
  });
  expect(lengths).toEqual([1280, 1408 - 1232 + 48]);
});
