/** Every example that Cloudflare publishes of its selectors, as printed, in compat mode: one that it is for, one it is not. */
import { describe, expect, test } from 'vitest';
import { evaluate } from './evaluate.ts';

type Context = Readonly<Record<string, unknown>>;

/** Expression, a context it matches, a context it does not. */
const ROWS: ReadonlyArray<readonly [string, Context, Context]> = [
  ['any(app.ids[*] in {505})', { 'app.ids': [617, 505] }, { 'app.ids': [617] }],
  ['any(app.type.ids[*] in {25})', { 'app.type.ids': [25] }, { 'app.type.ids': [] }],
  [
    'any(net.fqdn.content_category[*] in {1})',
    { 'net.fqdn.content_category': [89, 1] },
    { 'net.fqdn.content_category': [89] },
  ],
  [
    'any(net.fqdn.domains[*] == "example.com")',
    { 'net.fqdn.domains': ['bank.example.com', 'example.com'] },
    { 'net.fqdn.domains': ['bank.example.net', 'example.net'] },
  ],
  [
    'net.fqdn.host == "example.com"',
    { 'net.fqdn.host': 'example.com' },
    { 'net.fqdn.host': 'www.example.com' },
  ],
  ['any(net.dst.ip[*] in {10.0.0.0/8})', { 'net.dst.ip': ['10.1.2.3'] }, { 'net.dst.ip': ['11.1.2.3'] }],
  ['net.dst.port == 2222', { 'net.dst.port': 2222 }, { 'net.dst.port': 22 }],
  ['net.dst.geo.country == "RU"', { 'net.dst.geo.country': 'RU' }, { 'net.dst.geo.country': 'DE' }],
  ['net.src.ip[*] in {10.0.0.0/8}', { 'net.src.ip': ['10.1.2.3'] }, { 'net.src.ip': ['192.0.2.1'] }],
  ['net.src.port == "2222"', { 'net.src.port': 2222 }, { 'net.src.port': 2223 }],
  [
    'net.src.internal_src_ip == "192.168.86.0/27"',
    { 'net.src.internal_src_ip': '192.168.86.31' },
    { 'net.src.internal_src_ip': '192.168.86.32' },
  ],
  [
    'net.src.geo.continent == "North America"',
    { 'net.src.geo.continent': 'NA' },
    { 'net.src.geo.continent': 'EU' },
  ],
  ['net.protocol == "tcp"', { 'net.protocol': 'tcp' }, { 'net.protocol': 'udp' }],
  [
    'proxy.endpoint == "3ele0ss56t.proxy.cloudflare-gateway.com"',
    { 'proxy.endpoint': '3ele0ss56t.proxy.cloudflare-gateway.com' },
    { 'proxy.endpoint': 'other.proxy.cloudflare-gateway.com' },
  ],
  [
    'net.vnet_id == "957fc748-591a-496e-a15d-1390204a7923"',
    { 'net.vnet_id': '957fc748-591a-496e-a15d-1390204a7923' },
    {},
  ],
  [
    'any(device_posture.checks.passed[*] in {"1308749e-fcfb-4ebc-b051-fe022b632644"})',
    { 'device_posture.checks.passed': ['1308749e-fcfb-4ebc-b051-fe022b632644'] },
    { 'device_posture.checks.failed': ['1308749e-fcfb-4ebc-b051-fe022b632644'] },
  ],
  [
    'identity.email == "user@example.com"',
    { 'identity.email': 'User@Example.com' },
    { 'identity.email': 'other@example.com' },
  ],
  [
    'any(identity.groups[*].id in {"g-1"})',
    { 'identity.groups': [{ id: 'g-1', name: 'g-2' }] },
    { 'identity.groups': [{ id: 'g-2', name: 'g-1' }] },
  ],
  [
    'any(identity.groups.id[*] in {"g-1"})',
    { 'identity.groups': [{ id: 'g-1', name: 'g-2' }] },
    { 'identity.groups': [{ id: 'g-2', name: 'g-1' }] },
  ],
  [
    'any(identity.saml_attributes["uri"] in {"Test User"})',
    { 'identity.saml_attributes': { uri: ['Test User'] } },
    { 'identity.saml_attributes': { name: ['Test User'] } },
  ],
  [
    'any(identity.saml_attributes[*] == "groups=X")',
    { 'identity.saml_attributes': { groups: ['W', 'X'] } },
    { 'identity.saml_attributes': { group: ['X'] } },
  ],
  [
    'any(identity.saml_attributes[*] == "\\"group=finance\\"")',
    { 'identity.saml_attributes': { group: 'finance' } },
    { 'identity.saml_attributes': { group: 'sales' } },
  ],
  [
    'any(identity.oidc_claims[*] == "\\"department=engineering\\"")',
    { 'identity.oidc_claims': { department: 'engineering' } },
    { 'identity.oidc_claims': { department: ['sales'] } },
  ],
  // The samples of Cloudflare's pages.
  ['net.dst.ip != 0.0.0.0', { 'net.dst.ip': ['192.0.2.1'] }, { 'net.dst.ip': ['0.0.0.0'] }],
  ['not(net.dst.ip in {10.217.0.0/16})', { 'net.dst.ip': ['10.218.0.1'] }, { 'net.dst.ip': ['10.217.0.1'] }],
  ['net.dst.port in {443 80}', { 'net.dst.port': 80 }, { 'net.dst.port': 8080 }],
  ['net.protocol in {"tcp" "udp"}', { 'net.protocol': 'udp' }, { 'net.protocol': 'icmp' }],
  ['any(dns.domains[*] matches "[.](cn|ru)$")', { 'dns.domains': ['a.ru'] }, { 'dns.domains': ['a.ru.com'] }],
  ['dns.fqdn matches ".*[.]example[.]com"', { 'dns.fqdn': 'a.example.com' }, { 'dns.fqdn': 'example.com' }],
  ['any(dns.domains[*] matches ".*okta.*")', { 'dns.domains': ['x.oktapreview.com'] }, { 'dns.domains': [] }],
  ['net.dst.port > 1023', { 'net.dst.port': 1024 }, { 'net.dst.port': 1023 }],
  ['net.dst.port <= 1024', { 'net.dst.port': 1024 }, { 'net.dst.port': 1025 }],
  [
    'net.dst.ip in {10.0.0.0/8} and net.dst.port in {80 443 8080 53} and not(net.dst.ip in {10.217.0.0/16})',
    { 'net.dst.ip': ['10.1.1.1'], 'net.dst.port': 53 },
    { 'net.dst.ip': ['10.217.1.1'], 'net.dst.port': 53 },
  ],
];

describe('compat mode takes the published example', () => {
  for (const [expression, matching, other] of ROWS) {
    test(expression, () => {
      expect(evaluate(expression, { context: matching })).toBe(true);
      expect(evaluate(expression, { context: other })).toBe(false);
    });
  }
});
