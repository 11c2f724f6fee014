import { expect, test } from 'vitest';
import { parseProbeTarget, parseUpstream } from '../../../src/gateway/config/parse-endpoint.ts';
import { formatAddress } from '../../../src/wire/address.ts';

test.each([
  ['192.0.2.53', '192.0.2.53', 53],
  ['192.0.2.53:5353', '192.0.2.53', 5353],
  ['2001:db8::53', '2001:db8::53', 53],
  ['[2001:db8::53]:853', '2001:db8::53', 853],
  ['[2001:db8::53]', '2001:db8::53', 53],
])('parseUpstream reads %s', (text, address, port) => {
  const upstream = parseUpstream(text);
  expect(upstream && formatAddress(upstream.address)).toBe(address);
  expect(upstream?.port).toBe(port);
});

test.each([
  ['tls://192.0.2.53', 853, { kind: 'tls', name: undefined }],
  ['tls://[2001:db8::53]:8853#dns.example', 8853, { kind: 'tls', name: 'dns.example' }],
  ['https://192.0.2.53#dns.example', 443, { kind: 'https', name: 'dns.example', path: '/dns-query' }],
  ['https://192.0.2.53:8443/q?x=1', 8443, { kind: 'https', name: undefined, path: '/q?x=1' }],
])('parseUpstream reads %s', (text, port, transport) => {
  expect(parseUpstream(text)).toMatchObject({ port, transport });
});

test.each([
  '',
  'tls://dns.example',
  'tls://192.0.2.53/dns-query',
  'tls://192.0.2.53#',
  'https://192.0.2.53/a b',
  'udp://192.0.2.53',
  'dns.example',
  '192.0.2.53:0',
  '192.0.2.53:65536',
  '[192.0.2.53]:53',
  '192.0.2.53:',
  '::1]:53',
])('parseUpstream refuses %j', (text) => {
  expect(parseUpstream(text)).toBeUndefined();
});

test.each(['icmp:192.0.2.53:1', 'tcp:192.0.2.53', 'udp:192.0.2.53:1', '192.0.2.53', 'tcp:', 'icmp'])(
  'parseProbeTarget refuses %j',
  (text) => {
    expect(parseProbeTarget(text)).toBeUndefined();
  },
);
