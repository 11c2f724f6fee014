/** The resolver as clients see it: what exists upstream is mirrored, addresses alone are synthetic. */
import { describe, expect, test } from 'vitest';
import { RESOLVER } from './lab/topology.ts';
import { isSynthetic } from './support/address-sets.ts';
import { dig, digFull, lease } from './support/clients.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab();

describe('resolver', () => {
  test.each([
    ['no-such-name.example.com', 'A', 'NXDOMAIN'],
    ['no-such-name.example.com', 'AAAA', 'NXDOMAIN'],
    ['nodata.example.com', 'A', 'NOERROR'],
    ['v4only.example.com', 'AAAA', 'NOERROR'],
    ['v6only.example.com', 'A', 'NOERROR'],
  ])('resolver mirrors the absence of %s %s as %s with no answer', (name, type, status) => {
    const output = digFull(lab, 'alice', name, type);
    expect(output).toContain(`status: ${status}`);
    expect(output).toContain('ANSWER: 0');
    expect(output).toContain('SOA');
  });

  test.each([
    ['v4only.example.com', 4],
    ['v6only.example.com', 6],
  ] as const)('resolver leases the one family %s has', (name, family) => {
    expect(isSynthetic(lease(lab, 'alice', name, family))).toBe(true);
  });

  test('resolver answers an alias at the name that was asked for', () => {
    const answers = dig(lab, 'alice', 'chain.example.com', 'A');
    expect(answers.filter(isSynthetic)).toHaveLength(1);
    expect(answers.join()).not.toContain('192.0.2.');
  });

  test('resolver answers the same lease again while it lives', () => {
    expect(lease(lab, 'alice', 'shop.example.com')).toBe(lease(lab, 'alice', 'shop.example.com'));
  });

  test('resolver leases two names on one real address two synthetic addresses', () => {
    expect(lease(lab, 'alice', 'bank.example.com')).not.toBe(lease(lab, 'alice', 'twin.example.com'));
  });

  test('resolver answers service bindings without address hints and keeps the protocols', () => {
    const answer = dig(lab, 'alice', 'bank.example.com', 'HTTPS').join('\n');
    expect(answer).toContain('alpn');
    expect(answer).not.toMatch(/hint|192\.0\.2|2001:db8/);
  });

  test('resolver passes other types through', () => {
    expect(dig(lab, 'alice', 'bank.example.com', 'TXT')).toEqual(['"v=lab1 the bank"']);
    expect(dig(lab, 'alice', 'example.com', 'MX')).toEqual(['10 shop.example.com.']);
  });

  test.each([
    ['UDP over IPv4', [`@${RESOLVER.ipv4}`]],
    ['UDP over IPv6', [`@${RESOLVER.ipv6}`]],
    ['TCP over IPv4', [`@${RESOLVER.ipv4}`, '+tcp']],
    ['TCP over IPv6', [`@${RESOLVER.ipv6}`, '+tcp']],
  ])('resolver serves %s', (_transport, options) => {
    const [answer = ''] = dig(lab, 'bob', 'shop.example.com', 'A', ...options);
    expect(isSynthetic(answer)).toBe(true);
  });
});
