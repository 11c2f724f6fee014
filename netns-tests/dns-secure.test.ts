/**
 * Upstreams that are asked in secret (D26, FL-15), and upstreams of single domains: unbound over TLS and HTTPS, with the right
 * certificate, with each wrong one, and gone. tcpdump on the uplink shows that nothing of it is ever asked in the clear.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificatesOf } from './lab/certificates.ts';
import { inside, run, runIn, startDetached } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { SYNGATE, startGateway } from './lab/gateway-process.ts';
import { waitUntil } from './lab/wait.ts';
import { isSynthetic } from './support/address-sets.ts';
import { dig, digFull, page } from './support/clients.ts';
import { DnsCapture } from './support/dns-capture.ts';
import { editYaml } from './support/edit-yaml.ts';
import { askNames } from './support/many-names.ts';
import { killNameServer, NAME_SERVER, pauseNameServer, startNameServer } from './support/name-server.ts';
import { assertNoViolations, useLab } from './support/use-lab.ts';

const { address, certifiedName, httpsPort } = NAME_SERVER;
const tls = `tls://${address}:853`;
const https = `https://${address}:${httpsPort}/dns-query`;

/** Domains, each with the upstream it is forwarded to. */
const FORWARDED = {
  'tls.example': `${tls}#${certifiedName}`,
  'https.example': `${https}#${certifiedName}`,
  'tls-other-name.example': `${tls}#dns.example.net`,
  'https-other-name.example': `${https}#dns.example.net`,
  'tls-no-name.example': tls,
  'tls-self-signed.example': `tls://${address}:8530#${certifiedName}`,
  'tls-expired.example': `tls://${address}:8531#${certifiedName}`,
  'https-at-plain-port.example': `https://${address}:53/dns-query#${certifiedName}`,
  'tls-nobody.example': `tls://${address}:8539#${certifiedName}`,
  // Another view of a domain that the usual upstream has too.
  'inside.example.com': address,
};
const RECORDS = [
  ...Object.keys(FORWARDED).map((domain) => `*.${domain}. IN TXT "from the second server"`),
  ...Object.keys(FORWARDED).map((domain) => `*.${domain}. IN A 192.0.2.20`),
];

const lab = useLab({ gateway: false, oracle: false });
let capture: DnsCapture;

beforeAll(async () => {
  await startNameServer(lab, RECORDS);
  serveBadCertificates();
  editYaml(gatewayFilesOf(lab).config, ({ resolver }) => {
    resolver.authorities = certificatesOf(lab).authority;
    resolver.forward = Object.entries(FORWARDED).map(([domain, upstream]) => ({
      domains: [domain],
      upstreams: [upstream],
    }));
  });
  await startGateway(lab);
  capture = await DnsCapture.start(lab);
});
afterAll(() => assertNoViolations(lab));

/** openssl's server is enough: it never comes to a question. */
function serveBadCertificates(): void {
  const { authority } = certificatesOf(lab);
  const file = (name: string) => path.join(lab.directory, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', `/CN=${certifiedName}`, '-addext', `subjectAltName=DNS:${certifiedName}`];
  run([
    'openssl',
    'req',
    '-x509',
    ...key,
    ...subject,
    '-days',
    '3',
    '-keyout',
    file('self.key'),
    '-out',
    file('self.pem'),
  ]);
  const request = run(['openssl', 'req', ...key, ...subject, '-keyout', file('old.key')]);
  const signer = [
    '-CA',
    authority,
    '-CAkey',
    path.join(path.dirname(authority), 'ca.key'),
    '-copy_extensions',
    'copy',
  ];
  run(['openssl', 'x509', '-req', ...signer, '-days', '-1', '-out', file('old.pem')], { input: request });
  for (const [port, name] of [
    [8530, 'self'],
    [8531, 'old'],
  ] as const) {
    const server = ['openssl', 's_server', '-quiet', '-accept', `${address}:${port}`, '-alpn', 'dot'];
    const pair = ['-cert', file(`${name}.pem`), '-key', file(`${name}.key`)];
    startDetached(inside(lab, 'net', [...server, ...pair]), file(`${name}.log`));
  }
}

interface UpstreamStatus {
  readonly server: string;
  readonly lastFailure: { readonly reason: string } | null;
}

function failureOf(server: string): string | undefined {
  const shown = runIn(lab, 'gw', [SYNGATE, '--socket', gatewayFilesOf(lab).socket, '--json', 'dns']);
  const upstreams: readonly UpstreamStatus[] = JSON.parse(shown).upstreams;
  return upstreams.find((upstream) => upstream.server === server)?.lastFailure?.reason;
}

describe('an upstream with a certificate for its name', () => {
  test.each(['tls', 'https'])('is asked over %s, for texts and for addresses (D26)', (kind) => {
    expect(dig(lab, 'alice', `a.${kind}.example`, 'TXT')).toEqual(['"from the second server"']);
    expect(dig(lab, 'alice', `a.${kind}.example`, 'A').map(isSynthetic)).toEqual([true]);
    expect(page(lab, 'alice', `http://a.${kind}.example/whoami`).status).toBe(200);
  });

  test('keeps its connection for the next question (D26)', () => {
    for (let index = 0; index < 10; index++) dig(lab, 'alice', `n${index}.tls.example`, 'TXT');
    const open = runIn(lab, 'net', ['ss', '-Htn', 'state', 'established', 'src', `${address}:853`]);
    expect(open.trim().split('\n')).toHaveLength(1);
  });
});

describe('an upstream that cannot be believed', () => {
  test.each([
    ['tls-other-name', /does not match certificate/],
    ['https-other-name', /does not match certificate/],
    ['tls-no-name', /does not match certificate/],
    ['tls-self-signed', /self-signed/],
    ['tls-expired', /expired/],
    ['https-at-plain-port', /./],
    ['tls-nobody', /ECONNREFUSED/],
  ] as const)('(%s) is not asked at all: SERVFAIL, with a reason (D26, D18, FL-15)', (kind, reason) => {
    const output = digFull(lab, 'alice', `a.${kind}.example`, 'A');
    expect(output).toContain('status: SERVFAIL');
    expect(output).toMatch(/EDE: 2[23]/);
    expect(failureOf(FORWARDED[`${kind}.example`])).toMatch(reason);
  });
});

test('a domain with an upstream of its own is asked there and nowhere else, the rest where it always is', async () => {
  expect(dig(lab, 'alice', 'a.inside.example.com', 'TXT')).toEqual(['"from the second server"']);
  expect(dig(lab, 'alice', 'bank.example.com', 'TXT')).toEqual(['"v=lab1 the bank"']);
  const about = (await capture.read()).filter((line) => line.includes('inside.example.com'));
  expect(about.length).toBeGreaterThan(0);
  expect(about.every((line) => line.includes(`${address}.53: `))).toBe(true);
});

test('an upstream that dies between two questions or in the middle of one is missed, told of, and asked again when it is back (D26, FL-15)', async () => {
  expect(dig(lab, 'alice', 'before.tls.example', 'TXT')).toHaveLength(1);
  expect(dig(lab, 'alice', 'before.https.example', 'TXT')).toHaveLength(1);
  pauseNameServer(lab);
  const names = ['midway.tls.example', 'midway.https.example'];
  const midway = askNames(lab, 'bob', { type: 'A', names, window: 2 });
  await sleep(200);
  await killNameServer(lab);
  expect((await midway).outcomes).toEqual({ SERVFAIL: 2 });
  // Their TTL is over.
  await sleep(1100);
  for (const kind of ['tls', 'https']) {
    const output = digFull(lab, 'alice', `while.${kind}.example`, 'A');
    expect(output).toContain('status: SERVFAIL');
    expect(output).toMatch(/EDE: 2[23]/);
    // What was known before is told, and said to be stale (D17).
    expect(digFull(lab, 'alice', `before.${kind}.example`, 'TXT')).toMatch(
      /EDE: 3 [\s\S]*from the second server/,
    );
  }
  await startNameServer(lab, RECORDS);
  for (const kind of ['tls', 'https']) {
    await waitUntil(
      () => dig(lab, 'alice', `${crypto.randomUUID()}.${kind}.example`, 'TXT').length === 1,
      40_000,
      () => `the upstream over ${kind} is not asked again: ${failureOf(FORWARDED['tls.example'])}`,
    );
  }
});

test('nothing that was to be secret has left in the clear, whatever went wrong (D26, FL-15)', async () => {
  const lines = await capture.read();
  const secret = Object.keys(FORWARDED).filter((domain) => domain.endsWith('.example'));
  expect(lines.filter((line) => secret.some((domain) => line.includes(domain)))).toEqual([]);
  // One upstream is at a port 53: what goes there is the beginning of TLS and no question.
  const plain = lines.filter((line) => line.includes(`${address}.53: `) && / A\?| TXT\?/.test(line));
  expect(plain.every((line) => line.includes('inside.example.com'))).toBe(true);
});
