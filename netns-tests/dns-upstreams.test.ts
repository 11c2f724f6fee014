/**
 * The resolver between real clients and upstreams that are slow, dead or lie (rows D11–D19, D25–D29, A6, S5; FL-14, FL-15, FL-46):
 * names below liar.example are forwarded to a server that answers in as many ways as there are names.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { SYNGATE, startGateway } from './lab/gateway-process.ts';
import { waitUntil } from './lab/wait.ts';
import { isSynthetic } from './support/address-sets.ts';
import { curl, dig, digFull, lease, tryWhoami } from './support/clients.ts';
import { editYaml } from './support/edit-yaml.ts';
import { LIAR } from './support/liar.ts';
import { askNames } from './support/many-names.ts';
import { Liar } from './support/start-liar.ts';
import { Transfer } from './support/transfer.ts';
import { assertNoViolations, useLab } from './support/use-lab.ts';

// Once for all tests: reading its counters takes longer than most of them.
const lab = useLab({ gateway: false, oracle: false });
afterAll(() => assertNoViolations(lab));
let liar: Liar;
/** An address that is routed to the internet, and answers nothing. */
const NOBODY = '192.0.2.59';

beforeAll(async () => {
  liar = await Liar.start(lab);
  editYaml(gatewayFilesOf(lab).config, ({ resolver }) => {
    resolver.randomize_case = true;
    resolver.forward = [
      { domains: [LIAR.domain], upstreams: [LIAR.address] },
      { domains: ['pair.example'], upstreams: [NOBODY, LIAR.address] },
    ];
  });
  await startGateway(lab);
});

function nameOf(way: string, front = 'x'): string {
  return `${front}.${way}.${LIAR.domain}`;
}

/** What dig prints, and how long the answer took. */
function timed(name: string, type: string, ...options: string[]): { output: string; tookMs: number } {
  const output = digFull(lab, 'alice', name, type, '+tries=1', '+time=5', ...options);
  return { output, tookMs: Number(/Query time: (\d+) msec/.exec(output)?.[1]) };
}

/** The first answer that came in time, of three names one after the other: a busy machine keeps one or the other waiting. */
function timedWithin(mostMs: number, nameAt: (index: number) => string, type: string) {
  const names = [0, 1, 2].map(nameAt);
  for (const name of names) {
    const answer = { name, ...timed(name, type) };
    if (answer.tookMs < mostMs) return answer;
  }
  throw new Error(`Cannot get an answer within ${mostMs} ms for any of ${names.join(', ')}`);
}

function syngate(command: string) {
  return JSON.parse(runIn(lab, 'gw', [SYNGATE, '--socket', gatewayFilesOf(lab).socket, '--json', command]));
}

/** Where connections to a leased name lead now. */
function realAddresses(name: string): string[] {
  const leases: ReadonlyArray<{ host: string; real4: string[] }> = syngate('leases');
  return leases.find(({ host }) => host === name)?.real4 ?? [];
}

describe('replies that are not the upstream’s', () => {
  test.each([
    ['with wrong ids', 'wrongid'],
    ['to another question', 'wrongquestion'],
    ['from another address', 'otheraddress'],
    ['from another port', 'otherport'],
  ])('%s are passed over, the right one is taken (D11, FL-15)', (_, way) => {
    expect(dig(lab, 'alice', nameOf(way), 'TXT')).toEqual(['"truth"']);
    expect(liar.asked(nameOf(way))).toHaveLength(1);
  });

  test('in other letters are asked for again over TCP (D14)', () => {
    expect(dig(lab, 'alice', nameOf('lowercase', 'with-many-letters'), 'TXT')).toEqual(['"truth"']);
    const asked = liar.asked(nameOf('lowercase', 'with-many-letters'));
    expect(asked.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
    expect(asked[0]?.name).toMatch(/[A-Z]/);
  });
});

test('2,000 questions go out from random ports with random ids, and no option but a cookie (D12, D25)', async () => {
  const names = Array.from({ length: 2000 }, (_, index) => nameOf('nodata', `r${index}`));
  const { outcomes } = await askNames(lab, 'alice', { type: 'A', names, window: 20 });
  expect(outcomes).toEqual({ NOERROR: 2000 });
  const asked = liar.asked(`nodata.${LIAR.domain}`);
  // Of 2,000 random draws some 30 meet among 65,536 ids, and some 70 among the kernel's 28,232 ports.
  expect(new Set(asked.map(({ id }) => id)).size).toBeGreaterThan(1900);
  expect(new Set(asked.map(({ port }) => port)).size).toBeGreaterThan(1700);
  // Eight classes, seven degrees of freedom: more than 40 comes once in a million times.
  expect(chiSquare(asked.map(({ id }) => id >> 13))).toBeLessThan(40);
  expect(new Set(asked.flatMap(({ options }) => options))).toEqual(new Set([10]));
});

/** Of values from 0 to 7, against all being equally frequent. */
function chiSquare(values: readonly number[]): number {
  const expected = values.length / 8;
  const counts = Array.from({ length: 8 }, (_, each) => values.filter((value) => value === each).length);
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

test('a client’s subnet goes to no upstream (D25)', () => {
  dig(lab, 'alice', nameOf('truth', 'subnet'), 'TXT', '+subnet=10.64.0.2/32');
  expect(liar.asked(nameOf('truth', 'subnet'))[0]?.options).toEqual([10]);
});

test('two hundred clients that ask for one slow name at one time are one question upstream (D13)', async () => {
  const names = new Array<string>(200).fill(nameOf('slow', 'together'));
  const before = liar.asked(nameOf('slow', 'together')).length;
  const { outcomes } = await askNames(lab, 'alice', { type: 'A', names, window: 200 });
  expect(outcomes).toEqual({ NOERROR: 200 });
  // A second one goes out when the first is not answered within 700 ms.
  expect(liar.asked(nameOf('slow', 'together')).length - before).toBeLessThanOrEqual(2);
});

describe('absences', () => {
  test('are kept for the SOA’s minimum, five seconds, and then asked for again (D15)', async () => {
    const ask = () => digFull(lab, 'alice', nameOf('nx', 'kept'), 'A');
    for (let time = 0; time < 3; time++) expect(ask()).toContain('status: NXDOMAIN');
    expect(dig(lab, 'alice', nameOf('nx', 'kept'), 'TXT')).toEqual([]);
    expect(liar.asked(nameOf('nx', 'kept'))).toHaveLength(1);
    await sleep(5100);
    ask();
    expect(liar.asked(nameOf('nx', 'kept'))).toHaveLength(2);
  });

  test('cover all names below (D27)', () => {
    dig(lab, 'alice', nameOf('nx', 'above'), 'A');
    for (const front of ['a', 'b', 'c.d'])
      expect(digFull(lab, 'alice', `${front}.${nameOf('nx', 'above')}`, 'A')).toContain('status: NXDOMAIN');
    expect(liar.asked(nameOf('nx', 'above'))).toHaveLength(1);
  });
});

describe('upstreams that fail (FL-15)', () => {
  test.each([
    ['dead', 'SERVFAIL', /EDE: 22/],
    ['late', 'SERVFAIL', /EDE: 22/],
    ['tcpclosed', 'SERVFAIL', /EDE: 23/],
    ['garbage', 'SERVFAIL', /EDE: 23/],
    ['refused', 'REFUSED', /EDE: 22/],
    ['servfail', 'SERVFAIL', /EDE: 22/],
    ['loop', 'SERVFAIL', /EDE: 24/],
  ])('the one that is %s is %s to clients within 2.5 s, with a reason (D18, D28)', (way, status, error) => {
    const { output, name } = timedWithin(2800, (index) => nameOf(way, `failing${index}`), 'A');
    expect(output).toContain(`status: ${status}`);
    expect(output).toMatch(error);
    // The second time it is known.
    const again = timed(name, 'A');
    expect(again.output).toContain(`status: ${status}`);
  });

  test.each([
    ['slow', 'TXT', '"truth"'],
    ['truncated', 'TXT', '"truth"'],
  ])('the one that is %s is understood all the same (D3)', (way, type, text) => {
    expect(dig(lab, 'alice', nameOf(way, 'fine'), type)).toEqual([text]);
  });

  test('of two the other one answers while the first is dead, and is then asked first (FL-15)', () => {
    const { output, tookMs } = timed('first.truth.pair.example', 'TXT');
    expect(output).toContain('"truth"');
    // Patience with the first lasts 700 ms, and a deadline 2.5 s.
    expect(tookMs).toBeGreaterThan(500);
    expect(tookMs).toBeLessThan(2400);
    timedWithin(tookMs / 2, (index) => `later${index}.truth.pair.example`, 'TXT');
  });

  test('a dead one is not asked for each of 400 questions (D16)', async () => {
    const names = new Array<string>(400).fill(nameOf('dead', 'storm'));
    const { outcomes } = await askNames(lab, 'alice', { type: 'A', names, window: 20, perSecond: 100 });
    expect(outcomes.NOERROR).toBeUndefined();
    expect(liar.asked(nameOf('dead', 'storm')).length).toBeLessThanOrEqual(9);
  });

  test('what was known of a name is told for a while, and said to be stale (D17, D18)', async () => {
    expect(dig(lab, 'alice', nameOf('once'), 'TXT')).toEqual(['"truth"']);
    await sleep(1100);
    const { output, tookMs } = timed(nameOf('once'), 'TXT');
    expect(output).toMatch(/\s30\s+IN\s+TXT\s+"truth"/);
    expect(output).toContain('EDE: 3 (Stale Answer)');
    expect(tookMs).toBeLessThan(2800);
    const asked = liar.asked(nameOf('once')).length;
    expect(timed(nameOf('once'), 'TXT').output).toContain('EDE: 3 (Stale Answer)');
    expect(liar.asked(nameOf('once'))).toHaveLength(asked);
  });
});

describe('what the zone says', () => {
  test('a chain of twelve aliases leads to a synthetic address at the asked name (D28, S5)', () => {
    const answers = dig(lab, 'alice', nameOf('chain'), 'A');
    expect(answers).toHaveLength(1);
    expect(answers.every(isSynthetic)).toBe(true);
  });

  test('300 addresses behind a name are one lease (FL-13)', () => {
    const output = digFull(lab, 'alice', nameOf('many'), 'A');
    expect(output).toContain('ANSWER: 1,');
    expect(output).not.toMatch(/192\.0\.2\.|198\.51\.100\./);
  });

  test('TTLs: 0 is told and not kept, 2^31 counts as 0, one set has one TTL (D29)', () => {
    expect(digFull(lab, 'alice', nameOf('ttlzero'), 'TXT')).toMatch(/\s0\s+IN\s+TXT/);
    digFull(lab, 'alice', nameOf('ttlzero'), 'TXT');
    expect(liar.asked(nameOf('ttlzero'))).toHaveLength(2);
    expect(digFull(lab, 'alice', nameOf('ttlhigh'), 'TXT')).toMatch(/\s0\s+IN\s+TXT/);
    expect(digFull(lab, 'alice', nameOf('ttlmixed'), 'TXT').match(/\s7\s+IN\s+TXT/g)).toHaveLength(2);
  });

  test.each([
    ['hints', ['1 . alpn="h3"']],
    ['mandatory', ['1 . mandatory=alpn alpn="h3"']],
    ['port', ['1 . alpn="h3" port=443']],
    ['alias', []],
    ['target', []],
    ['broken', []],
  ])('an HTTPS record with %s leads to no address and no other name (D19)', (kind, expected) => {
    const output = digFull(lab, 'alice', nameOf('service', kind), 'HTTPS');
    expect(output).toContain('status: NOERROR');
    expect(dig(lab, 'alice', nameOf('service', kind), 'HTTPS')).toEqual(expected);
    expect(output).not.toMatch(/192\.0\.2\.20|2001:db8:2|shop\.example\.com/);
  });
});

describe('names that lead inwards (FL-14, A6)', () => {
  test.each([
    ['127.0.0.1', '7f000001'],
    ['169.254.169.254', 'a9fea9fe'],
    ['10.64.0.1', '0a400001'],
    ['192.168.1.1', 'c0a80101'],
    ['100.80.0.1', '64500001'],
    ['203.0.113.9', 'cb007109'],
    ['0.0.0.0', '00000000'],
    ['::1', `${'0'.repeat(31)}1`],
    ['::ffff:127.0.0.1', `${'0'.repeat(20)}ffff7f000001`],
    ['fe80::1', `fe80${'0'.repeat(27)}1`],
    ['2001:db8:9::1', `20010db80009${'0'.repeat(19)}1`],
  ])('%s is no answer', (_, bytes) => {
    const output = digFull(lab, 'alice', nameOf('address', bytes), bytes.length === 8 ? 'A' : 'AAAA');
    expect(output).toContain('status: NOERROR');
    expect(output).toContain('ANSWER: 0');
    expect(output).toContain('EDE: 17');
    expect(liar.asked(nameOf('address', bytes))).toHaveLength(1);
  });
});

test('a TXT record of 4 kB comes whole over TCP, and over UDP says so in at most 1232 bytes (D3, D10)', () => {
  const over = (...options: string[]) => digFull(lab, 'alice', nameOf('big'), 'TXT', ...options);
  for (const size of ['+noedns', '+bufsize=512', '+bufsize=4096', '+bufsize=65535']) {
    const output = over(size, '+ignore');
    expect(output).toMatch(/flags: qr tc/);
    expect(Number(/MSG SIZE +rcvd: (\d+)/.exec(output)?.[1])).toBeLessThanOrEqual(1232);
  }
  expect(over('+tcp').match(/x{200}/g)).toHaveLength(20);
});

describe('a name whose address changes while flows are open', () => {
  test('leads new flows to the new address, and leaves open ones where they are; never inwards (FL-46, FL-14)', async () => {
    const changed = nameOf('changed', 'site');
    const flips = nameOf('flips', 'site');
    await waitUntil(
      () => tryWhoami(lab, 'alice', 'shop.example.com', 2) !== undefined,
      10_000,
      () => 'the default egress is not in service',
    );
    const kept = lease(lab, 'alice', flips);
    const before = download(changed);
    const inwards = download(flips);
    await waitUntil(
      () => serversOf().filter((server) => server === '192.0.2.20:80').length === 2,
      10_000,
      () => `the sites have connections at ${serversOf()}`,
    );
    // The addresses behind leases in use are looked up again every ten seconds.
    await waitUntil(
      () => realAddresses(changed).join() === '192.0.2.60' && liar.asked(flips).length > 1,
      40_000,
      () => `${changed} is at ${realAddresses(changed)}`,
    );
    const after = download(changed);
    await waitUntil(
      () => serversOf().includes('192.0.2.60:80'),
      10_000,
      () => `the sites have connections at ${serversOf()}`,
    );
    expect(serversOf().sort()).toEqual(['192.0.2.20:80', '192.0.2.20:80', '192.0.2.60:80']);
    // Who says 10.64.0.3 now is not believed: no new answer, and the one that was given leads where it did.
    expect(dig(lab, 'alice', flips, 'A')).toEqual([]);
    const pinned = ['--resolve', `${flips}:80:${kept}`, `http://${flips}/whoami`];
    expect(curl(lab, 'alice', pinned)).toMatchObject({ status: 0 });
    const received = [before, inwards, after].map((transfer) => transfer.received);
    await waitUntil(
      () => [before, inwards, after].every((transfer, index) => transfer.received > (received[index] ?? 0)),
      // curl may take 10 MB at once, and then pauses for as long as they should have taken.
      30_000,
      () =>
        `of flows that had received ${received} have now ${[before, inwards, after].map((one) => one.received)}`,
    );
  });
});

/** A page that takes minutes. */
function download(name: string): Transfer {
  const url = `http://${name}/bytes/500000000`;
  return new Transfer(lab, 'alice', ['curl', '-4', '-sSN', '--limit-rate', '1M', url]);
}

/** Where sites have connections, one for each. */
function serversOf(): string[] {
  const lines = runIn(lab, 'net', ['ss', '-Htn', 'state', 'established', 'sport', '=', ':80']).split('\n');
  return lines.filter(Boolean).map((line) => line.trim().split(/\s+/)[2] ?? '');
}

test('no query was lost to a defect', () => {
  expect(syngate('dns').counters.defects).toBe(0);
});
