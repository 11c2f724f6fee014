/**
 * The resolver's own side of the protocol, held against dig and kdig and against bytes nobody would send
 * (rows D1–D10, D20–D22, D24, D30–D32, D34, A1, A2, S5; FL-12, FL-13, FL-32).
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runIn, tryRunIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { gatewayLogFile, startGateway } from './lab/gateway-process.ts';
import { CLIENT_ADDRESSES, EGRESS, GATEWAY_WAN, RESOLVER } from './lab/topology.ts';
import { waitUntil } from './lab/wait.ts';
import { isSynthetic } from './support/address-sets.ts';
import { dig, digFull, lease } from './support/clients.ts';
import { editYaml } from './support/edit-yaml.ts';
import { encodeName, encodeQuestion, exchangeDns } from './support/exchange-dns.ts';
import { LIAR } from './support/liar.ts';
import { askNames, reverseName } from './support/many-names.ts';
import { Liar } from './support/start-liar.ts';
import { assertNoViolations, useLab } from './support/use-lab.ts';

// Once for all tests: reading its counters takes longer than most of them.
const lab = useLab({ gateway: false, oracle: false });
afterAll(() => assertNoViolations(lab));
const NAME = encodeName('shop.example.com');
let liar: Liar;

beforeAll(async () => {
  liar = await Liar.start(lab);
  // So the liar sees every question about another domain that leaves the gateway.
  editYaml(gatewayFilesOf(lab).config, ({ resolver }) => {
    resolver.forward = [{ domains: ['example.com'], upstreams: resolver.upstreams }];
    resolver.upstreams = [LIAR.address];
    resolver.query_log = true;
  });
  await startGateway(lab);
});

function kdig(...words: string[]): string {
  return runIn(lab, 'alice', ['kdig', `@${RESOLVER.ipv4}`, '+timeout=3', '+retry=1', ...words]);
}

describe('what the resolver does not understand', () => {
  test.each([
    ['a type nobody knows', ['-t', 'TYPE65399', 'bank.example.com'], 'NOERROR'],
    ['another class', ['-c', 'CH', '-t', 'TXT', `version.${LIAR.domain}`], 'NOERROR'],
  ])('%s is passed on and answered (D1)', (_, words, status) => {
    expect(runIn(lab, 'alice', ['dig', '+tries=1', ...words])).toContain(`status: ${status}`);
  });

  test.each([
    ['+zflag', 'NOERROR'],
    ['+aaflag', 'NOERROR'],
    ['+tcflag', 'NOERROR'],
    ['+raflag', 'NOERROR'],
    ['+nordflag', 'NOERROR'],
    ['+adflag', 'NOERROR'],
    ['+cdflag', 'NOERROR'],
    ['+ednsopt=100', 'NOERROR'],
    ['+ednsopt=65001:00ff', 'NOERROR'],
    ['+ednsflags=0x0080', 'NOERROR'],
    ['+nsid', 'NOERROR'],
    ['+opcode=STATUS', 'NOTIMP'],
    ['+opcode=NOTIFY', 'NOTIMP'],
    ['+opcode=UPDATE', 'NOTIMP'],
    ['+opcode=15', 'NOTIMP'],
  ])('a query with %s is answered with %s, and never with silence (D1, D30)', (option, status) => {
    const output = digFull(lab, 'alice', 'shop.example.com', 'A', option, '+tries=1');
    expect(output).toContain(`status: ${status}`);
    expect(output).not.toMatch(/flags:[^;]* (ad|aa)[ ;]/);
  });
});

describe('EDNS', () => {
  test('is taken, and answered only to those who speak it (D4, D8)', () => {
    expect(digFull(lab, 'alice', 'shop.example.com', 'A', '+edns=0')).toContain(
      'EDNS: version: 0, flags:; udp: 1232',
    );
    expect(digFull(lab, 'alice', 'shop.example.com', 'A', '+noedns')).not.toContain('OPT PSEUDOSECTION');
  });

  test('of a version to come is refused with our own (D9)', () => {
    const output = digFull(lab, 'alice', 'shop.example.com', 'A', '+edns=1', '+noednsnegotiation');
    expect(output).toContain('status: BADVERS');
    expect(output).toContain('EDNS: version: 0');
  });

  test('twice in one query is malformed (D8)', () => {
    const opt = '0000290200000000000000';
    const query = `000101000001000000000002${NAME}00010001${opt}${opt}`;
    expect(exchangeDns(lab, 'alice', 'udp', [query])).toEqual([expect.stringMatching(/^00018181/)]);
  });

  test('cookies come back with the server’s part, and are known again (D24)', () => {
    const first = digFull(lab, 'alice', 'shop.example.com', 'A', '+cookie=2464c4abcf10c957');
    const cookie = /COOKIE: (2464c4abcf10c957[0-9a-f]{32}) \(good\)/.exec(first)?.[1];
    expect(cookie).toBeDefined();
    expect(digFull(lab, 'alice', 'shop.example.com', 'A', `+cookie=${cookie}`)).toContain(
      `COOKIE: ${cookie} (good)`,
    );
    const alone = digFull(lab, 'alice', 'shop.example.com', 'A', '+header-only', '+cookie=2464c4abcf10c957');
    expect(alone).toMatch(
      /status: NOERROR[\s\S]*QUERY: 0, ANSWER: 0[\s\S]*COOKIE: 2464c4abcf10c957[0-9a-f]{32} \(good\)/,
    );
    // Another client's cookie is none of bob's; he gets his own.
    const ofBob = digFull(lab, 'bob', 'shop.example.com', 'A', `+cookie=${cookie}`);
    expect(ofBob).toMatch(/COOKIE: 2464c4abcf10c957[0-9a-f]{32}/);
    expect(ofBob).not.toContain(`COOKIE: ${cookie}`);
  });

  test('cookies of no possible length are malformed (D24)', () => {
    const opt = '000029020000000000' + '000d' + '000a0009' + '112233445566778899';
    const query = `000101000001000000000001${NAME}00010001${opt}`;
    expect(exchangeDns(lab, 'alice', 'udp', [query])).toEqual([expect.stringMatching(/^00018181/)]);
  });
});

describe('TCP', () => {
  test.each([4, 6])('is served over IPv%i (D3)', (family) => {
    const server = family === 4 ? RESOLVER.ipv4 : RESOLVER.ipv6;
    expect(dig(lab, 'alice', 'shop.example.com', 'A', `@${server}`, '+tcp').every(isSynthetic)).toBe(true);
  });

  test('keeps a connection open for the next question (D3, D6)', () => {
    const output = kdig('+tcp', '+keepopen', 'shop.example.com', 'A', 'bank.example.com', 'A');
    expect(output.match(/status: NOERROR/g)).toHaveLength(2);
  });

  test('answers what is known before what was asked first and takes longer (D6)', () => {
    const slow = encodeQuestion(`first.slow.${LIAR.domain}`, 1);
    const replies = exchangeDns(lab, 'alice', 'tcp', [slow, encodeQuestion('shop.example.com', 2)]);
    expect(replies.map((reply) => reply.slice(0, 4))).toEqual(['0002', '0001']);
  });

  test('says how long a connection may idle, to those who ask (D7)', () => {
    expect(digFull(lab, 'alice', 'shop.example.com', 'A', '+tcp', '+keepalive')).toMatch(
      /TCP KEEPALIVE: 10\.0 secs/i,
    );
    expect(digFull(lab, 'alice', 'shop.example.com', 'A', '+keepalive', '+notcp')).not.toMatch(
      /TCP KEEPALIVE/i,
    );
  });
});

describe('hostile messages (D2, D31, FL-13)', () => {
  const header = '000101000001000000000000';
  test.each([
    ['a pointer to itself', `${header}c00c00010001`],
    ['a pointer forward', `${header}c0100001000100`],
    ['a pointer as its last byte', `${header}c0`],
    ['a name of 320 bytes', `${header}${`3f${'61'.repeat(63)}`.repeat(5)}0000010001`],
    ['no question', '000101000000000000000000'],
    ['two questions', '0001010000020000000000000161000001000101610000010001'],
    ['65,535 answers claimed', `000101000001ffff0000000001610000010001`],
    ['a record longer than the message', '00010100000100000000000101610000010001000010000100000000ffff'],
  ])('%s is FORMERR', (_, query) => {
    expect(exchangeDns(lab, 'alice', 'udp', [query])).toEqual([expect.stringMatching(/^0001[89a-f]..1/)]);
  });

  test('a response, eleven bytes and an empty datagram are not answered (FL-12)', () => {
    const messages = ['00018100000100000000000001610000010001', '0001010000010000000000', ''];
    expect(exchangeDns(lab, 'alice', 'udp', messages, 1500)).toEqual([]);
  });

  test('a name of 255 bytes in 122 labels is asked for and answered (D2)', () => {
    const name = `${'a.'.repeat(119)}nx.${LIAR.domain}`;
    expect(digFull(lab, 'alice', name, 'A')).toContain('status: NXDOMAIN');
  });

  test.each([
    ['zone transfers', 'AXFR', '+tcp'],
    ['incremental zone transfers', 'IXFR=1', '+tcp'],
  ])('%s are refused (D32)', (_, type, option) => {
    const output = digFull(lab, 'alice', 'example.com', type, option);
    expect(output).toMatch(/Transfer failed|REFUSED/);
  });
});

describe('names', () => {
  test('are the same in any letters, with a dot at their end, and answered as they were asked (D34)', () => {
    const plain = lease(lab, 'alice', 'bank.example.com');
    expect(lease(lab, 'alice', 'BANK.Example.COM.')).toBe(plain);
    expect(digFull(lab, 'alice', 'BaNk.eXample.com', 'A')).toMatch(/^BaNk\.eXample\.com\.\s/m);
    expect(dig(lab, 'alice', '_service.xn--bcher-kva.many.example.com', 'A').every(isSynthetic)).toBe(true);
  });

  test.each([
    ['a dot inside a label', 'bank\\.example.many.example.com'],
    ['a NUL', 'bank\\000.many.example.com'],
    ['a space', 'bank\\032shop.many.example.com'],
    ['a byte above ASCII', 'b\\228nk.many.example.com'],
  ])('with %s get no lease: no policy could name them (D34, FL-32)', (_, name) => {
    const output = digFull(lab, 'alice', name, 'A');
    expect(output).toContain('status: REFUSED');
    expect(output).toContain('EDE: 17');
  });

  test('ANY is answered with HINFO alone, over UDP and TCP (D20)', () => {
    for (const option of ['+notcp', '+tcp'])
      expect(dig(lab, 'alice', 'bank.example.com', 'ANY', option)).toEqual(['"RFC8482" ""']);
  });

  test.each([
    ['localhost', 'A', 'NOERROR', ['127.0.0.1']],
    ['invalid', 'A', 'NXDOMAIN', []],
    ['x.test', 'A', 'NXDOMAIN', []],
    ['printer.local', 'A', 'NXDOMAIN', []],
    ['abc.onion', 'A', 'NXDOMAIN', []],
    ['x.alt', 'A', 'NXDOMAIN', []],
    ['nas.home.arpa', 'A', 'NXDOMAIN', []],
    ['ipv4only.arpa', 'AAAA', 'NOERROR', []],
    ['1.0.0.10.in-addr.arpa', 'PTR', 'NXDOMAIN', []],
    ['9.9.64.100.in-addr.arpa', 'PTR', 'NXDOMAIN', []],
    ['_dns.resolver.arpa', 'SVCB', 'NOERROR', []],
    ['use-application-dns.net', 'A', 'NXDOMAIN', []],
    ['mask.icloud.com', 'A', 'NXDOMAIN', []],
  ])('%s %s is answered here, with %s %j (D21, D22, A2)', (name, type, status, data) => {
    expect(digFull(lab, 'alice', name, type)).toContain(`status: ${status}`);
    expect(dig(lab, 'alice', name, type)).toEqual(data);
    expect(liar.asked(name)).toEqual([]);
  });

  test('a synthetic address has the name it stands for, and others have none (A2)', () => {
    const address = lease(lab, 'alice', 'shop.example.com');
    expect(dig(lab, 'alice', reverseName(address), 'PTR')).toEqual(['shop.example.com.']);
    expect(digFull(lab, 'alice', reverseName('100.80.255.255'), 'PTR')).toContain('status: NXDOMAIN');
  });
});

test('no real address stands anywhere in an answer, whatever is asked for (S5)', () => {
  for (const name of ['bank.example.com', 'chain.example.com', 'pair.example.com']) {
    for (const type of ['A', 'AAAA', 'HTTPS', 'SVCB', 'ANY', 'CNAME', 'TXT', 'MX', 'NS', 'SOA']) {
      const output = digFull(lab, 'alice', name, type, '+dnssec', '+cdflag');
      expect(output.replace(/^;.*$/gm, ''), `${name} ${type}`).not.toMatch(/192\.0\.2\.|2001:db8:2:/i);
    }
  }
});

test('who is no client gets no answer from any address of the gateway, over UDP or TCP (D5, FL-12)', () => {
  const servers = [RESOLVER.ipv4, GATEWAY_WAN.ipv4, EGRESS.primary, EGRESS.other];
  const digs = servers.flatMap((server) =>
    ['+notcp', '+tcp'].map((option) => `dig @${server} +tries=1 +time=1 ${option} shop.example.com A &`),
  );
  // dig says so when there is no answer, and tells the status of each that there is.
  const output = runIn(lab, 'net', ['sh', '-c', `${digs.join(' ')} wait`]);
  expect(output.match(/timed out|refused|unreachable/g)?.length).toBeGreaterThanOrEqual(digs.length);
  expect(output).not.toContain('status:');
});

test('the query log tells who asked for what, and what became of it', async () => {
  dig(lab, 'bob', 'logged.example.com', 'AAAA');
  dig(lab, 'bob', `logged.servfail.${LIAR.domain}`, 'TXT', '+tcp');
  const lines = () =>
    readFileSync(gatewayLogFile(lab), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"msg":"dns"') && line.includes('"host":"logged.'));
  await waitUntil(
    () => lines().length === 2 && lines().every((line) => line.endsWith('}')),
    10_000,
    () => `the log has ${lines()}`,
  );
  expect(lines().map((line) => JSON.parse(line))).toMatchObject([
    {
      client: CLIENT_ADDRESSES.bob.ipv4,
      host: 'logged.example.com',
      type: 'AAAA',
      transport: 'udp',
      rcode: 'NXDOMAIN',
    },
    { type: 'TXT', transport: 'tcp', rcode: 'SERVFAIL', reason: 'the upstream answered with rcode 2' },
  ]);
});

test('no answer is ten times as long as its question over UDP, however it is asked (FL-12)', () => {
  const opt = '000029ffff000080000000';
  const names = ['bank.example.com', 'example.com', `x.big.${LIAR.domain}`, `x.many.${LIAR.domain}`];
  const queries = names.flatMap((name) =>
    [1, 2, 6, 15, 16, 28, 48, 65, 255].map((type, index) => {
      const question = encodeQuestion(name, names.indexOf(name) * 16 + index, type);
      // One record more: an OPT that takes 65,535 bytes and wants signatures.
      return `${question.slice(0, 20)}0001${question.slice(24)}${opt}`;
    }),
  );
  const replies = exchangeDns(lab, 'bob', 'udp', queries);
  expect(replies).toHaveLength(queries.length);
  for (const reply of replies) {
    const query = queries.find((sent) => sent.startsWith(reply.slice(0, 4))) ?? '';
    expect(reply.length / query.length, query).toBeLessThan(10);
  }
  expect(liar.asked(`big.${LIAR.domain}`).length).toBeGreaterThan(0);
});

test('a flood in a client’s name leaves it what it asks with its cookie, or over TCP, and others everything (D24)', async () => {
  const ask = (client: 'alice' | 'bob', ...options: string[]) =>
    tryRunIn(lab, client, ['dig', '+tries=1', '+time=3', ...options, 'bank.example.com', 'TXT']).stdout;
  const [, cookie] = /COOKIE: ([0-9a-f]{48})/.exec(ask('alice', '+cookie=2464c4abcf10c957')) ?? [];
  // Each of them takes one of alice's 256 places for two seconds.
  const names = Array.from({ length: 2400 }, (_, index) => `flood${index}.dead.${LIAR.domain}`);
  const flood = askNames(lab, 'alice', { type: 'A', names, window: 600, patienceMs: 1000 });
  await waitUntil(
    () => ask('alice', '+cookie=2464c4abcf10c957', '+nobadcookie').includes('status: BADCOOKIE'),
    10_000,
    () => 'the flood does not take what alice may have',
  );
  expect(ask('alice', `+cookie=${cookie}`)).toContain('v=lab1 the bank');
  // As people have it: dig shows the cookie that comes with the refusal.
  expect(ask('alice', '+cookie=2464c4abcf10c957')).toContain('v=lab1 the bank');
  expect(ask('alice', '+tcp')).toContain('v=lab1 the bank');
  expect(ask('bob', '+nocookie')).toContain('v=lab1 the bank');
  expect((await flood).outcomes.silence).toBeGreaterThan(256);
});
