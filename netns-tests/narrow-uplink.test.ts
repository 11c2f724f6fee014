/**
 * Super-packets that others may cut, for an uplink which is too narrow for their segments (rows U14, F13): of TCP they leave in
 * smaller segments, of UDP as datagrams in fragments, and what arrives is what was sent.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { inside, runIn, startDetached } from './lab/command.ts';
import { deterministicDigest } from './lab/deterministic-bytes.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { SYNGATE, startGateway } from './lab/gateway-process.ts';
import { waitUntil } from './lab/wait.ts';
import { lease } from './support/clients.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false });
const files = gatewayFilesOf(lab);
const BYTES = 2_000_000;
const UDP_SEGMENTS = path.join(import.meta.dirname, 'support/udp-segments.py');
const UDP_PORT = '7009';
/** Less than udp-segments.py's datagrams have. */
const NARROW = '1000';

/** Fragments that the internet's kernel has had to put together. */
function fragmentsAtNet(): number {
  const [names = '', values = ''] = runIn(lab, 'net', ['grep', '^Ip:', '/proc/net/snmp']).split('\n');
  return Number(values.split(' ')[names.split(' ').indexOf('ReasmReqds')]);
}

beforeAll(async () => {
  const config = readFileSync(files.config, 'utf8')
    .replace('tun: { name: syngate0 }', 'tun: { name: syngate0, mtu: 1500 }')
    .replace('interface: wan0 }', 'interface: wan0, mss_clamp: off }');
  writeFileSync(files.config, config);
  runIn(lab, 'gw', ['ip', 'link', 'set', 'wan0', 'mtu', NARROW]);
  runIn(lab, 'alice', ['sysctl', '-qw', 'net.ipv4.ip_no_pmtu_disc=1']);
  const server = ['python3', UDP_SEGMENTS, 'serve', UDP_PORT, '192.0.2.20'];
  startDetached(inside(lab, 'net', server), path.join(lab.directory, 'udp-segments.log'));
  await waitUntil(
    () => runIn(lab, 'net', ['ss', '-Hlun']).includes(`192.0.2.20:${UDP_PORT}`),
    10_000,
    () => 'the server of bursts does not listen',
  );
  await startGateway(lab);
});

test('U14 an upload over TCP arrives byte for byte, in segments that fit', () => {
  const before = fragmentsAtNet();
  const make = `head -c ${BYTES} /dev/zero | openssl enc -aes-256-ctr -K ${'0'.repeat(64)} -iv ${'0'.repeat(32)}`;
  const post = 'curl -sS -4 -m 30 --data-binary @- http://shop.example.com/echo';
  const echoed: unknown = JSON.parse(runIn(lab, 'alice', ['sh', '-c', `${make} | ${post}`]));
  expect(echoed).toEqual({ bytes: BYTES, sha256: deterministicDigest(BYTES) });
  // A segment that came alone is cut into fragments; all of them would be two thousand and more.
  expect(fragmentsAtNet() - before).toBeLessThan(BYTES / 1460 / 2);
});

test('U14 F13 bursts of UDP arrive byte for byte, each datagram in fragments', () => {
  const before = fragmentsAtNet();
  const shop = lease(lab, 'alice', 'shop.example.com');
  const output = runIn(lab, 'alice', ['python3', UDP_SEGMENTS, 'ask', UDP_PORT, shop]);
  expect(JSON.parse(output)).toEqual({ whole: 3 });
  expect(fragmentsAtNet() - before).toBeGreaterThanOrEqual(3 * 24 * 2);
  const status = JSON.parse(runIn(lab, 'gw', [SYNGATE, '--socket', files.socket, '--json', 'status']));
  expect(status.drops).not.toHaveProperty('packet-too-big');
});
