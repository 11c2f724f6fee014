/**
 * Super-packets and partial checksums through TUN and packet socket, with offloads on and off at each place (issue 5, row F13):
 * whatever the mix, the bytes are those that were sent.
 *
 *      alice eth0 ── lan-alice  gw  syngate0 ── gateway ── wan0 ── eth0 net
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { GatewayClient } from '../src/api/client.ts';
import { inside, runIn, startDetached } from './lab/command.ts';
import { deterministicDigest } from './lab/deterministic-bytes.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import type { Host } from './lab/topology.ts';
import { waitUntil } from './lab/wait.ts';
import { lease } from './support/clients.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab();
const BYTES = 2_000_000;
const DIGEST = deterministicDigest(BYTES);
const UDP_SEGMENTS = path.join(import.meta.dirname, 'support/udp-segments.py');
const UDP_PORT = '7008';
/** Of udp-segments.py. */
const BURSTS = 3;
const SEGMENTS = BURSTS * 24;
const FAMILIES = [4, 6] as const;

/** The devices at each place whose kernel may leave work to others. */
const PLACES = {
  client: [
    ['alice', 'eth0'],
    ['gw', 'lan-alice'],
    ['gw', 'lan0'],
  ],
  tun: [['gw', 'syngate0']],
  uplink: [['gw', 'wan0']],
  far: [['net', 'eth0']],
} as const satisfies Record<string, readonly (readonly [Host, string])[]>;
type Place = keyof typeof PLACES;
const NAMES: readonly Place[] = ['client', 'tun', 'uplink', 'far'];
const OFFLOADS = ['tx', 'sg', 'tso', 'gso', 'gro', 'tx-udp-segmentation'];

/** Every way to switch the offloads of the places off. */
const MIXES = Array.from({ length: 2 ** NAMES.length }, (_, mix) =>
  NAMES.filter((_, place) => (mix & (1 << place)) !== 0),
);

function setOffloads(place: Place, state: 'on' | 'off'): void {
  const settings = OFFLOADS.flatMap((offload) => [offload, state]);
  for (const [host, device] of PLACES[place]) runIn(lab, host, ['ethtool', '-K', device, ...settings]);
}

function packets(): Promise<{ packetsOut: number; packetsIn: number }> {
  return new GatewayClient(gatewayFilesOf(lab).socket).status().then(({ traffic }) => traffic);
}

function download(family: 4 | 6): string {
  const get = `curl -sS -${family} -m 30 http://shop.example.com/bytes/${BYTES} | sha256sum`;
  return runIn(lab, 'alice', ['sh', '-c', get]).split(' ')[0] ?? '';
}

function upload(family: 4 | 6): unknown {
  const make = `head -c ${BYTES} /dev/zero | openssl enc -aes-256-ctr -K ${'0'.repeat(64)} -iv ${'0'.repeat(32)}`;
  const post = `curl -sS -${family} -m 30 --data-binary @- http://shop.example.com/echo`;
  return JSON.parse(runIn(lab, 'alice', ['sh', '-c', `${make} | ${post}`]));
}

/** How many bursts of datagrams came back byte for byte. */
function exchangeBursts(family: 4 | 6): number {
  const shop = lease(lab, 'alice', 'shop.example.com', family);
  const output = runIn(lab, 'alice', ['python3', UDP_SEGMENTS, 'ask', UDP_PORT, shop]);
  return z.object({ whole: z.number() }).parse(JSON.parse(output)).whole;
}

beforeAll(async () => {
  const addresses = ['192.0.2.20', '2001:db8:2::20'];
  const server = ['python3', UDP_SEGMENTS, 'serve', UDP_PORT, ...addresses];
  startDetached(inside(lab, 'net', server), path.join(lab.directory, 'udp-segments.log'));
  await waitUntil(
    () => addresses.every((address) => runIn(lab, 'net', ['ss', '-Hlun']).includes(address)),
    10_000,
    () => 'the server of bursts does not listen',
  );
});

describe.each(MIXES.map((off) => ({ off, where: off.length === 0 ? 'nowhere' : off.join(' and ') })))(
  'with offloads switched off at $where',
  ({ off }) => {
    beforeAll(() => {
      for (const place of off) setOffloads(place, 'off');
    });
    afterAll(() => {
      for (const place of off) setOffloads(place, 'on');
    });

    test.each(FAMILIES)('TCP over IPv%i arrives byte for byte both ways (F13)', async (family) => {
      const before = await packets();
      expect(upload(family)).toEqual({ bytes: BYTES, sha256: DIGEST });
      const between = await packets();
      expect(download(family)).toBe(DIGEST);
      const after = await packets();
      // The mix is what it says: without super-packets there is a packet for each segment. The uplink joins what the far side cut.
      const isSmallOut = off.includes('client') || off.includes('tun');
      const isSmallIn = off.includes('far') && off.includes('uplink');
      expect(between.packetsOut - before.packetsOut > BYTES / 1500).toBe(isSmallOut);
      expect(after.packetsIn - between.packetsIn > BYTES / 1500).toBe(isSmallIn);
    });

    test.each(FAMILIES)('UDP in bursts over IPv%i arrives byte for byte both ways (F13)', async (family) => {
      const before = await packets();
      expect(exchangeBursts(family)).toBe(BURSTS);
      const after = await packets();
      if (off.includes('client') || off.includes('tun'))
        expect(after.packetsOut - before.packetsOut).toBeGreaterThanOrEqual(SEGMENTS);
      if (off.length === 0) expect(after.packetsOut - before.packetsOut).toBeLessThan(SEGMENTS);
    });
  },
);
