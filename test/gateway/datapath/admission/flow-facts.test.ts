import { expect, test } from 'vitest';
import { describeLease, FlowFacts } from '../../../../src/gateway/datapath/admission/flow-facts.ts';
import { describeName } from '../../../../src/gateway/names/describe-name.ts';
import { gatewayScheme } from '../../../../src/policy/language/gateway-scheme.ts';

test('describeLease tells security categories from the other ones', () => {
  const facts = describeLease({
    hostname: 'evil.example',
    aliases: [],
    domains: ['evil.example', 'example'],
    applicationIds: [],
    applicationTypeIds: [],
    categoryIds: [117, 21, 66, 1, 169, 32],
  });
  const categories = (name: string) => facts.integerArrays[gatewayScheme.require(name).slot];
  expect(categories('net.fqdn.security_category')).toEqual([117, 21]);
  expect(categories('net.fqdn.content_category')).toEqual([117, 21, 66, 1, 169, 32]);
});

test('describeLease makes the CNAME targets further names of the host', () => {
  const catalog = {
    lookup: (hostname: string) => ({
      applicationIds: hostname === 'cdn.example.net' ? [7] : [5],
      applicationTypeIds: [],
      categoryIds: [hostname.length],
    }),
  };
  const facts = describeLease(
    describeName('www.bank.example', catalog, ['cdn.example.net', 'edge.example.net']),
  );
  const { slot } = gatewayScheme.require('net.fqdn.host');
  expect([facts.texts[slot], facts.otherTexts[slot]]).toEqual([
    'www.bank.example',
    ['cdn.example.net', 'edge.example.net'],
  ]);
  expect(facts.textArrays[gatewayScheme.require('net.fqdn.domains').slot]).toEqual([
    ...['www.bank.example', 'bank.example', 'example'],
    ...['cdn.example.net', 'example.net', 'net', 'edge.example.net'],
  ]);
  expect(facts.integerArrays[gatewayScheme.require('app.ids').slot]).toEqual([5, 7]);
  expect(facts.integerArrays[gatewayScheme.require('net.fqdn.content_category').slot]).toEqual([16, 15]);
});

test('FlowFacts.describe sets the virtual network of the client, and none where there is none', () => {
  const field = gatewayScheme.require('net.vnet_id');
  const facts = new FlowFacts();
  const connection = {
    client: undefined,
    destination: undefined,
    clientGeo: undefined,
    destinationGeo: undefined,
    protocol: 'tcp',
    sourcePort: undefined,
    destinationPort: undefined,
  };
  const describe = (virtualNetworkId: string | undefined) =>
    facts.describe({ ...connection, virtualNetworkId }, undefined, undefined).texts[field.slot];
  expect(describe('n-1')).toBe('n-1');
  expect(describe(undefined)).toBeUndefined();
});
