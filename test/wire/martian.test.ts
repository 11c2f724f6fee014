import { describe, expect, test } from 'vitest';
import { isMartianIpv4, isMartianIpv6, isMartianPair } from '../../src/wire/martian.ts';
import { addressWords } from '../support/address-text.ts';

const MARTIANS_V4 = [
  ['0.0.0.0', '0.1.2.3', '0.255.255.255'],
  ['127.0.0.0', '127.0.0.1', '127.255.255.255'],
  ['169.254.0.0', '169.254.169.254', '169.254.255.255'],
  ['224.0.0.0', '224.0.0.1', '239.255.255.255'],
  ['240.0.0.0', '255.255.255.254', '255.255.255.255'],
].flat();
const HONEST_V4 = [
  '1.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '169.255.0.0',
  '192.168.1.1',
  '223.255.255.255',
];
const MARTIANS_V6 = [
  '::',
  '::1',
  '::10.1'.replace('10.1', '1234'),
  '::7f00:1',
  '::ffff:7f00:1',
  '::ffff:808:808',
  'fe80::1',
  'febf:ffff::1',
  'ff00::1',
  'ff02::1',
  'ffff::1',
];
const HONEST_V6 = [
  '2001:db8::1',
  'fc00::1',
  'fdff::1',
  'fe7f::1',
  'fec0::1',
  '64:ff9b::808:808',
  '0:0:1::1',
  '0:1::1',
  '::1:0:0:1',
  '::fffe:0:1',
  '::1:ffff:0:1',
];

describe('isMartianIpv4', () => {
  test.each(MARTIANS_V4)('R5 refuses %s', (text) => {
    expect(isMartianIpv4(addressWords(text)[3] ?? 0)).toBe(true);
  });

  test.each(HONEST_V4)('R5 lets %s pass', (text) => {
    expect(isMartianIpv4(addressWords(text)[3] ?? 0)).toBe(false);
  });
});

describe('isMartianIpv6', () => {
  test.each(MARTIANS_V6)('R5 refuses %s', (text) => {
    expect(isMartianIpv6(Uint32Array.of(1, 2, 3, 4, ...addressWords(text)), 4)).toBe(true);
  });

  test.each(HONEST_V6)('R5 lets %s pass', (text) => {
    expect(isMartianIpv6(Uint32Array.of(1, 2, 3, 4, ...addressWords(text)), 4)).toBe(false);
  });
});

describe('isMartianPair', () => {
  const pair = (source: string, destination: string) =>
    Uint32Array.of(...addressWords(source), ...addressWords(destination));

  test.each([
    { family: 4, source: '10.0.0.1', destination: '192.0.2.1', martian: false },
    { family: 4, source: '10.0.0.1', destination: '10.0.0.1', martian: true },
    { family: 4, source: '127.0.0.1', destination: '192.0.2.1', martian: true },
    { family: 4, source: '10.0.0.1', destination: '224.0.0.251', martian: true },
    { family: 6, source: 'fd00::1', destination: '2001:db8::1', martian: false },
    { family: 6, source: 'fd00::1', destination: 'fd00::1', martian: true },
    { family: 6, source: 'fd00::1', destination: 'fd00::2', martian: false },
    { family: 6, source: '::1', destination: '2001:db8::1', martian: true },
    { family: 6, source: 'fd00::1', destination: 'ff02::fb', martian: true },
  ] as const)('R5 FL-08 judges $source to $destination: $martian', (row) => {
    expect(isMartianPair(row.family, pair(row.source, row.destination))).toBe(row.martian);
  });
});
