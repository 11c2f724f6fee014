import { describe, expect, it } from 'vitest';
import { formatPrefix } from '../../../src/wire/address.ts';
import { parseReverseName } from '../../../src/wire/dns/reverse-name.ts';

describe('parseReverseName', () => {
  it.each([
    ['4.3.2.1.in-addr.arpa', '1.2.3.4/32', true],
    ['80.100.in-addr.arpa', '100.80.0.0/16', true],
    ['lb._dns-sd._udp.0.2.64.10.in-addr.arpa', '10.64.2.0/32', false],
    ['0/25.2.0.192.in-addr.arpa', '192.0.2.0/24', false],
    ['256.1.in-addr.arpa', '1.0.0.0/8', false],
    ['01.10.in-addr.arpa', '10.0.0.0/8', false],
    ['5.4.3.2.1.in-addr.arpa', '1.2.3.4/32', false],
    ['8.b.d.0.1.0.0.2.ip6.arpa', '2001:db8::/32', true],
    [`1.${'0.'.repeat(30)}2.ip6.arpa`, '2000::1/128', true],
    ['1.f.ip6.arpa', 'f100::/8', true],
  ])('parseReverseName reads %s', (name, prefix, exact) => {
    const reverse = parseReverseName(name);
    expect(reverse === undefined ? undefined : [formatPrefix(reverse.prefix), reverse.exact]).toEqual([
      prefix,
      exact,
    ]);
  });

  it.each([
    'in-addr.arpa',
    'ip6.arpa',
    'arpa',
    '',
    'x.in-addr.arpa',
    '1.in-addr.arpa.example',
    '1\\0462.in-addr.arpa',
  ])('parseReverseName finds no address in %j', (name) => {
    expect(parseReverseName(name)).toBeUndefined();
  });
});
