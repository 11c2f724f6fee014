/** An uplink that shrinks, goes down, comes back or gets another MAC under a running gateway (FL-23, FL-24, FL-34, R8, R9, F7). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { inside, labEnvironment, runIn, tryRunIn } from './lab/command.ts';
import { deterministicDigest } from './lab/deterministic-bytes.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { gatewayPid, startGateway } from './lab/gateway-process.ts';
import { EGRESS, GATEWAY_WAN } from './lab/topology.ts';
import { waitUntil } from './lab/wait.ts';
import { curl, tryWhoami } from './support/clients.ts';
import { editYaml } from './support/edit-yaml.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false });
/** Longer than any of it should take on a busy machine: an address that went down twice in a row rests for 4 s. */
const PATIENCE_MS = 20_000;
const GATEWAY_ROUTES = ['198.51.100.254', '2001:db8:1::254'] as const;

function setUplink(...change: string[]): void {
  runIn(lab, 'gw', ['ip', 'link', 'set', 'dev', 'wan0', ...change]);
}

/** The kernel forgets routes and IPv6 addresses with a link that goes down; the machine's administrator puts them back. */
function restoreUplink(): void {
  setUplink('mtu', '1500', 'up');
  tryRunIn(lab, 'gw', ['ip', '-6', 'address', 'add', '2001:db8:1::1/64', 'dev', 'wan0', 'nodad']);
  for (const hop of GATEWAY_ROUTES) tryRunIn(lab, 'gw', ['ip', 'route', 'replace', 'default', 'via', hop]);
}

/** Resolves when alice reaches the bank from the primary; meanwhile the secondary may stand in, or nobody. */
function untilPrimary(): Promise<void> {
  return untilReached('bank.example.com', EGRESS.primary);
}

/** Resolves when alice reaches a site from this address. Each address is in service again in its own time. */
function untilReached(host: string, from: string): Promise<void> {
  return waitUntil(
    () => tryWhoami(lab, 'alice', host, 2)?.address === from,
    PATIENCE_MS,
    () => `alice does not reach ${host} from ${from}`,
  );
}

beforeAll(async () => {
  // As long as a next hop may take to be found again (R9): connections of an address that is down by then would be reset.
  editYaml(gatewayFilesOf(lab).config, ({ egress }) => {
    egress.probe.fail_after = 10;
  });
  await startGateway(lab);
});
afterEach(restoreUplink);

describe('an uplink that carries less', () => {
  test('tells a client what is too big, and carries on (F7, FL-34)', async () => {
    await untilPrimary();
    setUplink('mtu', '1400');
    await waitUntil(
      () => /mtu 1400/.test(runIn(lab, 'gw', ['ip', 'link', 'show', 'syngate0'])),
      PATIENCE_MS,
      () => 'not yet: the TUN is as narrow',
    );
    const ping = tryRunIn(lab, 'alice', [
      'ping',
      '-4',
      '-M',
      'do',
      '-s',
      '1450',
      '-c1',
      '-W2',
      'bank.example.com',
    ]);
    expect(ping.stdout + ping.stderr).toMatch(/Frag needed.*mtu = 1400|message too long, mtu.1400/);
    const download = curl(lab, 'alice', [
      '-o',
      '/dev/null',
      '-w',
      '%{size_download}',
      'https://bank.example.com/bytes/5000000',
    ]);
    expect(download.stdout).toBe('5000000');
  });
});

describe('an uplink that goes down', () => {
  test('refuses clients within a second and takes them again when it is back (R8, FL-23)', async () => {
    await untilPrimary();
    setUplink('down');
    await waitUntil(
      () => curl(lab, 'alice', ['https://bank.example.com/']).status === 7,
      PATIENCE_MS,
      () => 'not yet: the gateway has seen it',
    );
    const tookMs = [1, 2, 3].map(() => {
      const started = performance.now();
      expect(curl(lab, 'alice', ['https://bank.example.com/']).stderr).toMatch(
        /Failed to connect|Couldn't connect/,
      );
      return performance.now() - started;
    });
    // Of the quickest: what the machine does meanwhile keeps one or the other waiting.
    expect(Math.min(...tookMs)).toBeLessThan(1_000);
    restoreUplink();
    await untilPrimary();
  });

  test('lets an open connection go on when it is back, byte for byte (R8, FL-23)', async () => {
    // An upload: it is the client's segments that find no way out.
    const bytes = 6_000_000;
    const zeros = '0'.repeat(64);
    const make = `head -c ${bytes} /dev/zero | openssl enc -aes-256-ctr -K ${zeros} -iv ${zeros.slice(32)}`;
    const post = 'curl -sS -4 --limit-rate 1M -m 60 --data-binary @- http://shop.example.com/echo';
    await untilReached('shop.example.com', EGRESS.default4);
    const upload = startAtAlice('sh', '-c', `${make} | ${post}`);
    await waitUntil(
      () => runIn(lab, 'alice', ['ss', '-Htn', 'state', 'established', 'dport = :80']) !== '',
      PATIENCE_MS,
      () => 'the upload has not begun',
    );
    setUplink('down');
    await sleep(2_000);
    restoreUplink();
    expect(JSON.parse(await upload)).toEqual({ bytes, sha256: deterministicDigest(bytes) });
    await untilPrimary();
  });

  test('is found again within 5 s under another MAC of its next hop, by new and by open connections (R9, FL-24)', async () => {
    await untilPrimary();
    const [before = ''] = /(?<=ether )\S+/.exec(runIn(lab, 'net', ['ip', 'link', 'show', 'eth0'])) ?? [];
    const rename = (mac: string) => runIn(lab, 'net', ['ip', 'link', 'set', 'dev', 'eth0', 'address', mac]);
    // curl itself gives up when nothing comes for 5 s.
    const pace = ['--limit-rate', '500k', '--speed-limit', '1', '--speed-time', '5', '--max-time', '60'];
    const download = startAtAlice('curl', '-sS', '-o', '/dev/null', '-w', '%{size_download}', ...pace, BYTES);
    await sleep(1000);
    rename('02:00:5e:00:53:77');
    const started = performance.now();
    await untilPrimary();
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(await download).toBe('3000000');
    rename(before);
    await untilPrimary();
  });
});

describe('an uplink whose interface goes away', () => {
  test('is used again when it is back, by the same gateway, under traffic all the while (FL-23)', async () => {
    await untilPrimary();
    const pid = gatewayPid(lab);
    const pings = startAtAlice('ping', '-4', '-i', '0.05', '-w', '10', 'bank.example.com');
    setUplink('netns', lab.namespaces.bob);
    await waitUntil(
      () => curl(lab, 'alice', ['https://bank.example.com/']).status === 7,
      PATIENCE_MS,
      () => 'not yet: the gateway has seen it',
    );
    runIn(lab, 'bob', ['ip', 'link', 'set', 'dev', 'wan0', 'netns', lab.namespaces.gw]);
    runIn(lab, 'gw', ['ip', 'address', 'add', `${GATEWAY_WAN.ipv4}/24`, 'dev', 'wan0']);
    restoreUplink();
    await untilPrimary();
    expect(gatewayPid(lab)).toBe(pid);
    await pings;
  });
});

const BYTES = 'https://bank.example.com/bytes/3000000';

/** What a command on alice's machine, which runs beside the test, has said in the end. */
async function startAtAlice(...command: string[]): Promise<string> {
  const [file = '', ...rest] = inside(lab, 'alice', command);
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: labEnvironment() });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  await once(child, 'close');
  return said;
}
