/** C libraries and language runtimes resolve, each in its own way, and reach the bank as the policy says (issue 4). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { certificatesOf } from './lab/certificates.ts';
import { run, runIn } from './lab/command.ts';
import { writeOver } from './lab/host-files.ts';
import { RESOLVER, ROOT } from './lab/topology.ts';
import { curl, type Family, lease, whoamiShape } from './support/clients.ts';
import { isSourceOfAlice } from './support/expected-sources.ts';
import { startGoClient } from './support/go-client.ts';
import { countSentTraffic, type SentTraffic, takeSentTraffic } from './support/sent-traffic.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab();
const BANK = 'bank.example.com';
const [EAI_NONAME, EAI_AGAIN, EAI_NODATA] = [-2, -3, -5];
/** Has a text of 3000 letters. */
const LARGE = 'large.example.com';
/** Alive over IPv4 only, but with an address of each family. */
const HALF_DEAD = 'http://halfdead.example.com/whoami';
const SERVERS = `nameserver ${RESOLVER.ipv4}\nnameserver ${RESOLVER.ipv6}\n`;
const NODE = path.join(ROOT, 'node_modules/.bin/node');
const PROGRAMS = path.join(ROOT, 'netns-tests/support');

const fromBank = whoamiShape.refine(({ address }) => isSourceOfAlice(BANK, address), 'not by the policy');

let usual: string;
beforeAll(() => {
  countSentTraffic(lab);
  usual = runIn(lab, 'alice', ['cat', '/etc/resolv.conf']);
});
afterEach(() => writeOver(lab, 'alice', 'resolv.conf', usual));

/** What alice's program prints, as JSON. */
function tell<T>(shape: z.ZodType<T>, ...command: string[]): T {
  return shape.parse(JSON.parse(runIn(lab, 'alice', command, { timeoutMs: 30_000 })));
}

function bankLease(family: Family): string {
  return lease(lab, 'alice', BANK, family);
}

describe.each(['glibc', 'musl'] as const)('a program with %s', (library) => {
  const program = (): string => path.join(lab.directory, `visit-${library}`);
  const visits = z.array(z.object({ address: z.string(), whoami: whoamiShape }));
  const visit = (host: string) => tell(z.object({ error: z.number(), visits }), program(), host);
  const familiesOf = (host: string) =>
    visit(host)
      .visits.map(({ address }) => (address.includes(':') ? 6 : 4))
      .sort();
  const sourcesAtBank = (host: string) =>
    visit(host).visits.filter(({ whoami }) => isSourceOfAlice(BANK, whoami.address));

  beforeAll(() => {
    const compiler = library === 'musl' ? ['musl-gcc', '-static'] : ['gcc'];
    run([...compiler, '-Wall', '-Werror', '-o', program(), path.join(PROGRAMS, 'visit.c')]);
  });

  test('gets the two leases of the bank, and reaches it over both', () => {
    const addresses = sourcesAtBank(BANK).map(({ address }) => address);
    expect(addresses.sort()).toEqual([bankLease(4), bankLease(6)]);
  });

  // Codes of getaddrinfo; musl tells a name without addresses from an absent one since 1.2.4.
  test('learns of names that they have no address', () => {
    expect(visit('no-such-name.example.com')).toEqual({ error: EAI_NONAME, visits: [] });
    expect(visit('loop.example.com')).toEqual({ error: EAI_AGAIN, visits: [] });
    const { error, visits: none } = visit('nodata.example.com');
    expect(library === 'glibc' ? [EAI_NODATA] : [EAI_NODATA, EAI_NONAME]).toContain(error);
    expect(none).toEqual([]);
  });

  test('reaches sites over the families they have', () => {
    expect(familiesOf('v4only.example.com')).toEqual([4]);
    expect(familiesOf('v6only.example.com')).toEqual([6]);
    expect(familiesOf('chain.example.com')).toEqual([4, 6]);
  });

  test.each([
    ['asks over IPv4 alone', `nameserver ${RESOLVER.ipv4}\n`, BANK],
    ['asks over IPv6 alone', `nameserver ${RESOLVER.ipv6}\n`, BANK],
    ['completes a short name', `${SERVERS}search nowhere.example.org example.com\n`, 'bank'],
    [
      'tries a search list first',
      `${SERVERS}search nowhere.example.org example.com\noptions ndots:4\n`,
      BANK,
    ],
  ])('%s, and reaches the bank over both families', (_what, resolvConf, host) => {
    writeOver(lab, 'alice', 'resolv.conf', resolvConf);
    expect(sourcesAtBank(host)).toHaveLength(2);
  });
});

describe('glibc', () => {
  const overUdp = ({ dnsUdp, dnsTcp }: SentTraffic) => dnsUdp > 0 && dnsTcp === 0;
  const overTcp = ({ dnsUdp, dnsTcp }: SentTraffic) => dnsUdp === 0 && dnsTcp > 0;

  test.each([
    ['edns0', overUdp],
    ['edns0 trust-ad', overUdp],
    ['single-request', overUdp],
    ['single-request-reopen', overUdp],
    ['rotate timeout:1 attempts:1', overUdp],
    ['use-vc', overTcp],
    ['use-vc edns0 single-request', overTcp],
  ])("resolves with 'options %s'", (options, goesItsWay) => {
    const leases = new Set([bankLease(4), bankLease(6)]);
    writeOver(lab, 'alice', 'resolv.conf', `${SERVERS}options ${options}\n`);
    takeSentTraffic(lab);
    const lines = runIn(lab, 'alice', ['getent', 'ahosts', BANK]).trim().split('\n');
    expect(takeSentTraffic(lab)).toSatisfy(goesItsWay);
    expect(new Set(lines.map((line) => line.split(' ')[0]))).toEqual(leases);
  });

  test("asks for no AAAA with 'options no-aaaa'", () => {
    writeOver(lab, 'alice', 'resolv.conf', `${SERVERS}options no-aaaa\n`);
    expect(runIn(lab, 'alice', ['getent', 'ahosts', BANK])).not.toContain(':');
    fromBank.parse(JSON.parse(curl(lab, 'alice', [`https://${BANK}/whoami`]).stdout));
  });

  test.each([4, 6] as const)('finds the name of a synthetic IPv%i address', (family) => {
    const address = bankLease(family);
    expect(runIn(lab, 'alice', ['getent', 'hosts', address]).trim().split(/\s+/)).toEqual([address, BANK]);
  });
});

describe('curl', () => {
  test.each(['-4', '-6', '--http1.1', '--no-alpn'])('%s reaches the bank', (option) => {
    fromBank.parse(JSON.parse(curl(lab, 'alice', [option, `https://${BANK}/whoami`]).stdout));
  });

  test('goes over IPv4 when nobody answers over IPv6 (FL-47)', () => {
    const { stdout } = curl(lab, 'alice', [HALF_DEAD]);
    expect(whoamiShape.parse(JSON.parse(stdout)).address).not.toContain(':');
  });
});

describe('Node', () => {
  const client = (host: string) => [
    'env',
    `NODE_EXTRA_CA_CERTS=${certificatesOf(lab).authority}`,
    NODE,
    path.join(PROGRAMS, 'node-client.ts'),
    host,
  ];

  test('resolves by the C library and by c-ares, and reaches the bank by fetch and over each family', () => {
    const shape = z.object({ fetch: fromBank, https4: fromBank, https6: fromBank });
    const told = tell(shape.loose(), ...client(BANK));
    expect(told).toMatchObject({
      lookup: expect.arrayContaining([bankLease(4), bankLease(6)]),
      resolve4: [bankLease(4)],
      resolve6: [bankLease(6)],
      resolveTxt: [['v=lab1 the bank']],
      resolveSoa: 'ENODATA',
      reverse: [BANK],
    });
    expect([told.https4.address, told.https6.address].map((address) => address.includes(':'))).toEqual([
      false,
      true,
    ]);
  });

  test.each([
    ['no-such-name.example.com', 'ENOTFOUND', 'ENOTFOUND', 'ENOTFOUND'],
    ['nodata.example.com', 'ENOTFOUND', 'ENODATA', [['no address here']]],
    ['loop.example.com', 'EAI_AGAIN', 'ESERVFAIL', []],
  ])('learns of %s that it has no address', (host, lookup, resolve, resolveTxt) => {
    const told = tell(z.record(z.string(), z.unknown()), ...client(host));
    expect(told).toMatchObject({ lookup, resolve4: resolve, resolve6: resolve, resolveTxt, fetch: lookup });
  });

  test('asks over TCP for what is too large for a datagram', () => {
    takeSentTraffic(lab);
    const { resolveTxt } = tell(z.object({ resolveTxt: z.array(z.array(z.string())) }), ...client(LARGE));
    expect(resolveTxt[0]?.join('')).toHaveLength(3000);
    expect(takeSentTraffic(lab).dnsTcp).toBeGreaterThan(0);
  });

  test('goes over IPv4 when nobody answers over IPv6 (FL-47)', () => {
    const program = `process.stdout.write(await (await fetch('${HALF_DEAD}')).text())`;
    const { address } = tell(whoamiShape, NODE, '--input-type=module', '-e', program);
    expect(address).not.toContain(':');
  });
});

describe('Python', () => {
  const client = (host: string) => ['/usr/bin/python3', path.join(PROGRAMS, 'python-client.py'), host];
  const exchange = z.object({
    rcode: z.string(),
    addresses: z.array(z.string()),
    options: z.array(z.number()),
  });
  const shape = z.object({ urllib: fromBank, asyncio: fromBank, exchanges: z.record(z.string(), exchange) });

  test('resolves by the C library and by dnspython, and reaches the bank by urllib and asyncio', () => {
    const told = tell(shape.loose(), ...client(BANK));
    expect(told).toMatchObject({
      getaddrinfo: [bankLease(4), bankLease(6)],
      types: {
        A: [bankLease(4)],
        AAAA: [bankLease(6)],
        HTTPS: ['1 . alpn="h2"'],
        TXT: ['"v=lab1 the bank"'],
        SOA: 'NoAnswer',
      },
      tcp: [bankLease(4)],
      reverse: [`${BANK}.`],
    });
    expect(Object.keys(told.exchanges)).toHaveLength(10);
    for (const [name, { rcode, addresses }] of Object.entries(told.exchanges))
      expect([name, rcode, addresses]).toEqual([name, 'NOERROR', [bankLease(4)]]);
  });

  test('asks over TCP for what is too large for a datagram', () => {
    takeSentTraffic(lab);
    const types = z.object({ TXT: z.array(z.string()) });
    expect(tell(z.object({ types }), ...client(LARGE)).types.TXT.join('')).toMatch(/^("x{250}" ?){12}$/);
    expect(takeSentTraffic(lab).dnsTcp).toBeGreaterThan(0);
  });

  test.each([
    ['no-such-name.example.com', -2, 'NXDOMAIN'],
    ['nodata.example.com', -5, 'NoAnswer'],
    ['loop.example.com', -3, 'NoNameservers'],
  ])('learns of %s that it has no address', (host, getaddrinfo, exception) => {
    const told = tell(z.record(z.string(), z.unknown()), ...client(host));
    expect(told).toMatchObject({ getaddrinfo, types: { A: exception, AAAA: exception, HTTPS: exception } });
  });
});

test('Go reaches the bank with a resolver of its own', async () => {
  const { url, log } = await startGoClient(lab, BANK);
  fromBank.parse(JSON.parse(curl(lab, 'alice', [`${url}/whoami`]).stdout));
  expect(readFileSync(log, 'utf8')).toContain(`hostLookupOrder(${BANK}) = files,dns`);
});
