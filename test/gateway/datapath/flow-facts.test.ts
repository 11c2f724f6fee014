import { expect, test } from 'vitest';
import { describeLease } from '../../../src/gateway/datapath/flow-facts.ts';
import { gatewayScheme } from '../../../src/policy/gateway-scheme.ts';

test('describeLease tells security categories from the other ones', () => {
  const facts = describeLease({
    hostname: 'evil.example',
    domains: ['evil.example', 'example'],
    applicationIds: [],
    applicationTypeIds: [],
    categoryIds: [117, 21, 66, 1, 169, 32],
  });
  const categories = (name: string) => facts.integerArrays[gatewayScheme.require(name).slot];
  expect(categories('net.fqdn.security_category')).toEqual([117, 21]);
  expect(categories('net.fqdn.content_category')).toEqual([117, 21, 66, 1, 169, 32]);
});
