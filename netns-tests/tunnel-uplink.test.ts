/**
 * An uplink of bare IP packets, such as PPP, WireGuard, GRE or a VPN's TUN: everything an Ethernet uplink does (issue 2, Done
 * when 3 and 4; F7, F11, FL-23), with one worker and with two.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inside, runIn, startDetached, tryRunIn } from './lab/command.ts';
import { deterministicDigest } from './lab/deterministic-bytes.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { gatewayPid, killGateway, SYNGATE, startGateway, stopGateway } from './lab/gateway-process.ts';
import { readOracle } from './lab/oracle.ts';
import { EGRESS } from './lab/topology.ts';
import { waitUntil } from './lab/wait.ts';
import { curl, lease, tryWhoami, whoami } from './support/clients.ts';
import { editYaml } from './support/edit-yaml.ts';
import { Transfer } from './support/transfer.ts';
import { kindsOfTunnel, Tunnel } from './support/tunnel.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false });
const files = gatewayFilesOf(lab);
const FAMILIES = [4, 6] as const;
/** WireGuard's over an Ethernet of 1500. */
const MTU = 1420;
/** PPP over a pseudo-terminal handles every byte. */
const BULK = { ppp: 6_000_000, any: 60_000_000 } as const;
const PATIENCE_MS = 20_000;
const UDP_PORT = '7009';
const support = (name: string) => path.join(import.meta.dirname, 'support', name);

const WAYS = kindsOfTunnel().flatMap((kind) =>
  (kind === 'tun' ? [1, 2] : [2]).map((workers) => ({ kind, workers })),
);

/** Resolves when alice reaches the bank from the primary. */
function untilPrimary(): Promise<void> {
  return waitUntil(
    () => tryWhoami(lab, 'alice', 'bank.example.com', 2)?.address === EGRESS.primary,
    PATIENCE_MS,
    () => 'alice does not reach the bank from the primary',
  );
}

beforeAll(async () => {
  runIn(lab, 'gw', ['ip', 'link', 'delete', 'wan0']);
  const server = ['python3', support('udp-segments.py'), 'serve', UDP_PORT, '192.0.2.20', '2001:db8:2::20'];
  startDetached(inside(lab, 'net', server), path.join(lab.directory, 'udp-segments.log'));
});

describe.each(WAYS)('an uplink through $kind, with $workers worker(s)', ({ kind, workers }) => {
  const tunnel = new Tunnel(lab, kind, MTU);
  const bulk = kind === 'ppp' ? BULK.ppp : BULK.any;

  beforeAll(async () => {
    await tunnel.lay();
    editYaml(files.config, (config) => {
      config.limits = { workers };
    });
    await startGateway(lab);
    await untilPrimary();
  });
  afterAll(async () => {
    await stopGateway(lab);
    await tunnel.cut();
  });

  describe.each(FAMILIES)('over IPv%i', (family) => {
    test('leads to a site from the address its rule names', () => {
      const { address } = whoami(lab, 'alice', 'bank.example.com', family);
      if (family === 4) expect(address).toBe(EGRESS.primary);
      else expect(address).toMatch(/^2001:db8:9:0?:/);
      expect(whoami(lab, 'bob', 'shop.example.com', family).address).toBe(
        family === 4 ? EGRESS.default4 : EGRESS.default6,
      );
    });

    test('a download arrives byte for byte', async () => {
      const url = `https://shop.example.com/bytes/${bulk}`;
      const download = new Transfer(lab, 'alice', ['curl', '-sS', `-${family}`, '-m', '60', url]);
      expect(await download.ended).toBe(0);
      expect(download.digest()).toBe(deterministicDigest(bulk));
    });

    test('an upload arrives byte for byte', () => {
      const zeros = '0'.repeat(32);
      const make = `head -c ${bulk} /dev/zero | openssl enc -aes-256-ctr -K ${zeros}${zeros} -iv ${zeros}`;
      const post = `curl -sS -${family} -m 60 --data-binary @- http://shop.example.com/echo`;
      const answer: unknown = JSON.parse(runIn(lab, 'alice', ['sh', '-c', `${make} | ${post}`]));
      expect(answer).toEqual({ bytes: bulk, sha256: deterministicDigest(bulk) });
    });

    test('bursts of UDP come back byte for byte', () => {
      const shop = lease(lab, 'alice', 'shop.example.com', family);
      const output = runIn(lab, 'alice', ['python3', support('udp-segments.py'), 'ask', UDP_PORT, shop]);
      expect(JSON.parse(output)).toEqual({ whole: 3 });
    });

    test('echo requests are answered, large ones in fragments too', () => {
      const ping = (size: number) =>
        tryRunIn(lab, 'alice', [
          ...['ping', `-${family}`, '-c3', '-i0.2', '-W2', '-s', String(size)],
          'bank.example.com',
        ]).stdout;
      expect(ping(56)).toContain(' 3 received');
      // Nobody on the way may cut IPv6: of the first fragment that is too big alice learns the path's MTU (F10).
      ping(4000);
      expect(ping(4000)).toContain(' 3 received');
    });

    test('an error of the far side reaches the client', () => {
      const shop = lease(lab, 'alice', 'shop.example.com', family);
      const refusal = ['python3', support('udp-refusal.py'), shop, '9'];
      expect(runIn(lab, 'alice', refusal).trim()).toBe('ECONNREFUSED');
    });

    test('a client is told what is too big for the tunnel (F7)', () => {
      const ping = ['ping', `-${family}`, '-M', 'do', '-s', '1440', '-c2', '-W2', 'bank.example.com'];
      const { stdout, stderr } = tryRunIn(lab, 'alice', ping);
      expect(stdout + stderr).toMatch(
        new RegExp(`(Frag needed|Packet too big).*mtu ?= ?${MTU}|message too long, mtu[:=] ?${MTU}`),
      );
    });
  });

  test('a capture of the trace has both sides of a connection', async () => {
    const file = path.join(lab.directory, `${kind}-${workers}.pcapng`);
    const pings = new Transfer(lab, 'alice', ['ping', '-4', '-i', '0.1', '-w', '6', 'bank.example.com']);
    const words = ['trace', '--pcap', file, '--host', 'bank.example.com', '--seconds', '3'];
    runIn(lab, 'gw', [SYNGATE, '--socket', files.socket, ...words]);
    const lines = runIn(lab, 'gw', ['tcpdump', '-nn', '-r', file]);
    expect(lines).toContain(`${lease(lab, 'alice', 'bank.example.com')} > 10.64.0.2: ICMP echo reply`);
    expect(lines).toContain(`${EGRESS.primary} > 192.0.2.198: ICMP echo request`);
    expect(lines).toContain(`192.0.2.198 > ${EGRESS.primary}: ICMP echo reply`);
    await pings.ended;
  });

  test('nothing leaves it while the gateway is killed under traffic, and all is well again after (FL-16)', async () => {
    const url = 'https://bank.example.com/bytes/4000000000';
    const download = new Transfer(lab, 'alice', ['curl', '-sS', '--limit-rate', '20M', '-m', '8', url]);
    await waitUntil(
      () => download.received > 5_000_000,
      PATIENCE_MS,
      () => 'the download does not begin',
    );
    await killGateway(lab);
    const before = readOracle(lab).packets_from_gateway;
    expect(before).toBeGreaterThan(20);
    for (const target of ['192.0.2.20', '2001:db8:2::20'])
      tryRunIn(lab, 'bob', ['ping', '-c5', '-i0.2', '-W1', target]);
    expect(curl(lab, 'alice', ['-m', '2', 'https://bank.example.com/']).status).not.toBe(0);
    expect(await download.ended).not.toBe(0);
    expect(readOracle(lab).packets_from_gateway).toBe(before);
    await startGateway(lab);
    await untilPrimary();
  });

  test('is used and guarded again when it is deleted and made anew, by the same gateway under traffic (FL-23)', async () => {
    const pid = gatewayPid(lab);
    const pings = new Transfer(lab, 'alice', ['ping', '-4', '-i', '0.05', '-w', '8', 'bank.example.com']);
    await tunnel.cut();
    await waitUntil(
      () => curl(lab, 'alice', ['https://bank.example.com/']).status === 7,
      PATIENCE_MS,
      () => 'the gateway has not seen it',
    );
    await tunnel.lay();
    await untilPrimary();
    expect(gatewayPid(lab)).toBe(pid);
    expect(runIn(lab, 'gw', ['nft', 'list', 'table', 'netdev', 'syngate_guard'])).toContain('device "wan0"');
    // What is not the gateway's does not leave, raw or not.
    tryRunIn(lab, 'gw', ['ping', '-c2', '-i0.2', '-W1', '-I', '10.64.0.1', '192.0.2.20']);
    const refused = ['nft', 'list', 'counter', 'netdev', 'syngate_guard', 'refused_source0'];
    expect(runIn(lab, 'gw', refused)).toMatch(/packets [1-9]/);
    await pings.ended;
  });
});
