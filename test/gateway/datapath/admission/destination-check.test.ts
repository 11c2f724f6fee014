import { describe, expect, test } from 'vitest';
import { DestinationCheck } from '../../../../src/gateway/datapath/admission/destination-check.ts';
import { addressWords } from '../../../support/address-text.ts';
import { DESTINATIONS } from '../../../support/datapath-fixture.ts';
import { prefixOf } from '../../../support/policy-fixture.ts';

const check = new DestinationCheck(DESTINATIONS);
const refuse = (address: string) => check.refuse(address.includes(':') ? 6 : 4, addressWords(address), 0);

describe('DestinationCheck', () => {
  test.each(['192.0.2.1', '10.9.1.2', '203.0.113.254', '203.0.113.11', '2001:db8:2::1', '2001:db8:1::3'])(
    'lets clients go to %s',
    (address) => expect(refuse(address)).toBeUndefined(),
  );

  test.each(['203.0.113.9', '198.51.100.20', '203.0.113.2', '2001:db8:9::abcd', '2001:db8:1::1'])(
    'calls %s a hairpin: it is the gateway itself (U10)',
    (address) => expect(refuse(address)).toBe('hairpin'),
  );

  test.each([
    ...[
      '10.8.0.1',
      '100.64.0.1',
      '100.80.1.2',
      '10.64.0.3',
      '127.0.0.1',
      '0.1.2.3',
      '169.254.1.1',
      '224.0.0.1',
    ],
    ...['255.255.255.255', 'fd00::1', 'fd00:64::9', 'fe80::1', 'ff02::1', '::1', '2606:4700:cf1:4000::5'],
  ])('forbids %s (A1, A6)', (address) => expect(refuse(address)).toBe('destination-forbidden'));

  test("lets a name lead to a host with a client's number (U8)", () => {
    const check = new DestinationCheck({
      ...DESTINATIONS,
      clients: [prefixOf('198.18.0.0/24')],
      forbidden: [],
    });
    expect(check.refuse(4, addressWords('198.18.0.7'), 0, true)).toBeUndefined();
    expect(check.refuse(4, addressWords('198.18.0.7'), 0)).toBe('destination-forbidden');
  });

  test('allows no exception for clients and synthetic addresses', () => {
    const lenient = new DestinationCheck({ ...DESTINATIONS, allowed: DESTINATIONS.forbidden });
    expect(lenient.refuse(4, addressWords('10.8.0.1'), 0)).toBeUndefined();
    expect(lenient.refuse(4, addressWords('10.64.0.3'), 0)).toBe('destination-forbidden');
    expect(lenient.refuse(4, addressWords('100.80.0.9'), 0)).toBe('destination-forbidden');
  });
});
