import { describe, expect, test } from 'vitest';
import { DNS_FIELDS, dnsScheme } from '../../../src/policy/language/dns-scheme.ts';
import { GATEWAY_FIELDS, gatewayScheme } from '../../../src/policy/language/gateway-scheme.ts';
import { IDENTITY_FIELDS } from '../../../src/policy/language/identity-fields.ts';
import { Scheme } from '../../../src/policy/language/scheme.ts';
import { formatType } from '../../../src/policy/values/types.ts';

const BYTES = { scalar: 'Bytes', shape: 'one' } as const;

describe('Scheme refuses', () => {
  for (const name of ['notes.text', 'a b', '', 'a.', '.a', 'a..b', '__proto__.x y']) {
    test(`the field name '${name}'`, () => {
      expect(() => new Scheme([{ name, type: BYTES }])).toThrow(RangeError);
    });
  }

  test('a name twice', () => {
    const field = { name: 'a', type: BYTES };
    expect(() => new Scheme([field, field])).toThrow("Cannot add 'a': the name is taken");
  });
});

test('Scheme.require throws for a field that is not there', () => {
  expect(() => gatewayScheme.require('net.fqdn.hots')).toThrow("Cannot use field 'net.fqdn.hots'");
});

test('Scheme gives the fields of one type slots of their own', () => {
  for (const scheme of [gatewayScheme, dnsScheme]) {
    const slots = scheme.fields.map(({ type, slot }) => {
      const store = type.shape.startsWith('map') ? 'map' : formatType(type);
      return `${store} ${slot}`;
    });
    expect(new Set(slots).size).toBe(slots.length);
  }
});

test('the gateway and DNS schemes have the fields of docs/policy.md and know who asks', () => {
  expect(gatewayScheme.fields.length).toBe(GATEWAY_FIELDS.length + IDENTITY_FIELDS.length);
  expect(dnsScheme.fields.length).toBe(DNS_FIELDS.length + IDENTITY_FIELDS.length);
  expect(formatType(gatewayScheme.require('identity.saml_attributes').type)).toBe('Map<Array<Bytes>>');
  expect(formatType(gatewayScheme.require('net.dst.ip').type)).toBe('Array<Ip>');
  expect(formatType(dnsScheme.require('dns.categories_in_request_context_matches').type)).toBe('Bool');
});
