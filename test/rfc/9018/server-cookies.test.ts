/** The examples of RFC 9018 appendix A, and the times of its section 4.3 (D24). */
import { describe, expect, it } from 'vitest';
import { ServerCookies } from '../../../src/resolver/service/server-cookies.ts';
import { parseAddress } from '../../../src/wire/address.ts';
import type { Cookie } from '../../../src/wire/dns/cookie.ts';

const SECRET = 'e5e973e5a6b2a43f48e7dc849e37bfcf';
const ISSUED = 1_559_731_985;
const CLIENT = '198.51.100.100';

function cookie(text: string): Cookie {
  const bytes = Buffer.from(text, 'hex');
  return { client: bytes.subarray(0, 8), server: bytes.subarray(8) };
}

function textOf({ client, server }: Cookie): string {
  return Buffer.concat([client, server]).toString('hex');
}

function address(text: string): Uint8Array {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`no address: ${text}`);
  return parsed;
}

function cookiesAt(seconds: number, secret = SECRET): ServerCookies {
  return new ServerCookies(() => seconds, Buffer.from(secret, 'hex'));
}

const A1 = '2464c4abcf10c957010000005cf79f111f8130c3eee29480';
const A3 = 'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5';
const A4 = '22681ab97d52c298010000005cf7c57926556bd0934c72f8';

describe('ServerCookies', () => {
  it.each([
    ['A.1, a new client', '2464c4abcf10c957', CLIENT, ISSUED, SECRET, A1],
    ['A.2, renewed', A1, CLIENT, 1_559_734_385, SECRET, '2464c4abcf10c957010000005cf7a871d4a564a1442aca77'],
    [
      'A.3, renewed',
      A3,
      '203.0.113.203',
      1_559_734_700,
      SECRET,
      'fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e',
    ],
    [
      'A.4, under a new secret',
      A4,
      '2001:db8:220:1:59de:d0f4:8769:82b8',
      1_559_741_961,
      '445536bcd2513298075a5d379663c962',
      '22681ab97d52c298010000005cf7c609a6bb79d16625507a',
    ],
  ])(
    'ServerCookies.answer() of the example %s is the one of the RFC (D24)',
    (_, shown, client, at, secret, told) => {
      expect(textOf(cookiesAt(at, secret).answer(cookie(shown), address(client)))).toBe(told);
    },
  );

  it('ServerCookies.isValid() counts the reserved bytes of the example A.3 in (D24)', () => {
    const client = address('203.0.113.203');
    expect(cookiesAt(1_559_727_985).isValid(cookie(A3), client)).toBe(true);
    expect(cookiesAt(1_559_727_985).isValid(cookie(A3.replace('abcdef', '000000')), client)).toBe(false);
  });

  it.each([
    [0, true],
    [3600, true],
    [3601, false],
    [-300, true],
    [-301, false],
  ])('ServerCookies.isValid() %i seconds after the issue is %s (D24)', (seconds, valid) => {
    expect(cookiesAt(ISSUED + seconds).isValid(cookie(A1), address(CLIENT))).toBe(valid);
  });

  it('ServerCookies.isValid() goes on when 32 bits of seconds are over (D24)', () => {
    const client = address(CLIENT);
    const before = cookiesAt(2 ** 32 - 10).answer(cookie('2464c4abcf10c957'), client);
    expect(cookiesAt(2 ** 32 + 10).isValid(before, client)).toBe(true);
    expect(cookiesAt(2 ** 32 + 4000).isValid(before, client)).toBe(false);
  });

  it('ServerCookies.answer() gives a young cookie back as it is, and a new one from half an hour on (D24)', () => {
    const given = (seconds: number) =>
      textOf(cookiesAt(ISSUED + seconds).answer(cookie(A1), address(CLIENT)));
    expect(given(1799)).toBe(A1);
    expect(given(1800)).not.toBe(A1);
  });

  it.each([
    ['another client address', cookie(A1), '198.51.100.101'],
    ['another client cookie', cookie(A1.replace('2464', '2465')), CLIENT],
    ['another hash', cookie(A1.replace(/80$/, '81')), CLIENT],
    ['another version', cookie(A1.replace('c95701', 'c95702')), CLIENT],
    ['no server part', cookie(A1.slice(0, 16)), CLIENT],
    ['a server part of another length', cookie(A1.slice(0, 40)), CLIENT],
    ['a longer server part', cookie(`${A1}00`), CLIENT],
  ])('ServerCookies.isValid() is false with %s (D24)', (_, shown, client) => {
    expect(cookiesAt(ISSUED).isValid(shown, address(client))).toBe(false);
  });
});
