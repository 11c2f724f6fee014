/** Questions that never leave the gateway: A2, D20, D21, D22. */
import { describe, expect, it } from 'vitest';
import { zone } from './support/fake-upstream.ts';
import { prefix, startLab } from './support/lab.ts';

const BANK = zone([{ type: 'A', name: 'bank.example.com', ttl: 300, data: '192.0.2.198' }]);
const V6_TAIL = '0.0.0.4.1.f.c.0.0.0.7.4.6.0.6.2.ip6.arpa';

describe('Resolver', () => {
  it.each([
    ['localhost', 'A', 'NOERROR', ['127.0.0.1']],
    ['a.localhost', 'AAAA', 'NOERROR', ['::1']],
    ['localhost', 'MX', 'NOERROR', []],
    ['invalid', 'A', 'NXDOMAIN', []],
    ['x.test', 'A', 'NXDOMAIN', []],
    ['printer.local', 'A', 'NXDOMAIN', []],
    ['abc.onion', 'A', 'NXDOMAIN', []],
    ['nas.home.arpa', 'AAAA', 'NXDOMAIN', []],
    ['x.alt', 'A', 'NXDOMAIN', []],
    ['ipv4only.arpa', 'A', 'NOERROR', ['192.0.0.170', '192.0.0.171']],
    ['ipv4only.arpa', 'AAAA', 'NOERROR', []],
    ['_dns.resolver.arpa', 'SVCB', 'NOERROR', []],
    ['x.resolver.arpa', 'A', 'NXDOMAIN', []],
    ['use-application-dns.net', 'A', 'NXDOMAIN', []],
    ['mask.icloud.com', 'A', 'NXDOMAIN', []],
    ['mask-h2.icloud.com', 'AAAA', 'NXDOMAIN', []],
    ['1.0.0.10.in-addr.arpa', 'PTR', 'NXDOMAIN', []],
    ['lb._dns-sd._udp.0.0.64.10.in-addr.arpa', 'PTR', 'NXDOMAIN', []],
    ['168.192.in-addr.arpa', 'SOA', 'NOERROR', []],
    ['9.9.9.100.in-addr.arpa', 'PTR', 'UPSTREAM', []],
    ['9.9.64.100.in-addr.arpa', 'PTR', 'NXDOMAIN', []],
    ['80.100.in-addr.arpa', 'PTR', 'NOERROR', []],
    ['9.9.80.100.in-addr.arpa', 'PTR', 'NXDOMAIN', []],
    [V6_TAIL, 'PTR', 'NOERROR', []],
    [`${'9.'.repeat(16)}${V6_TAIL}`, 'PTR', 'NXDOMAIN', []],
    ['8.8.8.8.in-addr.arpa', 'PTR', 'UPSTREAM', []],
    ['localhost.example.com', 'A', 'UPSTREAM', []],
  ])('Resolver answers %s %s by itself with %s %j (D21, D22, A2)', async (name, type, rcode, data) => {
    await using lab = await startLab([BANK]);
    const reply = await lab.ask(name, type);
    expect(lab.upstream.asked.length).toBe(rcode === 'UPSTREAM' ? 1 : 0);
    if (rcode === 'UPSTREAM') return;
    expect(reply.rcode).toBe(rcode);
    expect(reply.answers?.map((answer) => ('data' in answer ? answer.data : undefined))).toEqual(data);
    // Absences can be remembered (RFC 2308): the zone's SOA comes along.
    if (data.length === 0) expect(reply.authorities).toMatchObject([{ type: 'SOA' }]);
  });

  it('Resolver tells the name of a synthetic address, and only of a leased one (A2)', async () => {
    await using lab = await startLab([BANK]);
    await lab.ask('bank.example.com', 'A');
    const reply = await lab.ask('1.0.80.100.in-addr.arpa', 'PTR');
    expect(reply).toMatchObject({ rcode: 'NOERROR', answers: [{ type: 'PTR', data: 'bank.example.com' }] });
    expect(await lab.ask('1.0.80.100.in-addr.arpa', 'A')).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect(await lab.ask('2.0.80.100.in-addr.arpa', 'PTR')).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(lab.upstream.count('1.0.80.100.in-addr.arpa')).toBe(0);
  });

  it('Resolver asks upstream for reverse names of private ranges that are allowed', async () => {
    await using lab = await startLab([BANK], { allowPrivate: [prefix('10.9.0.0/16')] });
    await lab.ask('1.0.9.10.in-addr.arpa', 'PTR');
    await lab.ask('1.0.8.10.in-addr.arpa', 'PTR');
    expect(lab.upstream.asked.map(({ question }) => question.name)).toEqual(['1.0.9.10.in-addr.arpa']);
  });

  it('Resolver answers ANY with HINFO alone (D20)', async () => {
    await using lab = await startLab([BANK]);
    const reply = await lab.ask('bank.example.com', 'ANY');
    expect(reply.answers).toMatchObject([{ type: 'HINFO', data: { cpu: 'RFC8482', os: '' } }]);
    expect(lab.upstream.asked).toEqual([]);
  });
});
