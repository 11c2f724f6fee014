/** DNS rules, exempt names and the choice among real addresses, as clients meet them. */
import { beforeAll, describe, expect, test } from 'vitest';
import { runIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { SYNGATE, startGateway } from './lab/gateway-process.ts';
import { declareLiteral } from './lab/oracle.ts';
import { EGRESS } from './lab/topology.ts';
import { isSynthetic } from './support/address-sets.ts';
import { curl, dig, digFull, lease, page } from './support/clients.ts';
import { editYaml } from './support/edit-yaml.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false });

const DNS_RULES = [
  {
    name: 'no IPv6 for the shop',
    action: 'block',
    traffic: 'dns.fqdn == "shop.example.com" and dns.query_rtype == "AAAA"',
  },
  {
    name: 'no slack for bob',
    action: 'block',
    traffic: 'any(dns.domains[*] == "slack.com")',
    identity: 'identity.email == "bob@acme.example"',
  },
  {
    name: 'the portal is the shop',
    action: 'override',
    traffic: 'dns.fqdn == "portal.example.com"',
    rule_settings: { override_host: 'shop.example.com' },
  },
  {
    name: 'the printer',
    action: 'override',
    traffic: 'dns.fqdn == "printer.example.com"',
    rule_settings: { override_ips: ['192.0.2.61'] },
  },
  { name: 'nothing at the probe', action: 'block', traffic: 'any(dns.resolved_ips[*] in {192.0.2.77})' },
];

beforeAll(async () => {
  const { config, policy } = gatewayFilesOf(lab);
  editYaml(policy, (file) => {
    file.rules.push(
      ...DNS_RULES.map((rule, index) => ({
        enabled: true,
        filters: ['dns'],
        precedence: 9000 + index,
        ...rule,
      })),
    );
  });
  editYaml(config, (file) => {
    file.resolver.exempt = ['v4only.example.com'];
  });
  await startGateway(lab);
});

describe('DNS rules', () => {
  test('block one family of a name, and leave the other', () => {
    const blocked = digFull(lab, 'alice', 'shop.example.com', 'AAAA');
    expect(blocked).toContain('status: NOERROR');
    expect(blocked).toContain('ANSWER: 0');
    expect(blocked).toContain('EDE: 15 (Blocked)');
    expect(isSynthetic(lease(lab, 'alice', 'shop.example.com'))).toBe(true);
  });

  test('block for one user what another may have', () => {
    expect(dig(lab, 'bob', 'app.slack.com', 'A')).toEqual(['0.0.0.0']);
    expect(dig(lab, 'bob', 'app.slack.com', 'AAAA')).toEqual(['::']);
    expect(curl(lab, 'bob', ['http://app.slack.com/whoami']).status).not.toBe(0);
    expect(isSynthetic(lease(lab, 'alice', 'app.slack.com'))).toBe(true);
  });

  test('block a name by where it leads', () => {
    expect(dig(lab, 'alice', 'probe.example.com', 'A')).toEqual(['0.0.0.0']);
  });

  test('lead to another host, by its lease', () => {
    expect(lease(lab, 'alice', 'portal.example.com')).toBe(lease(lab, 'alice', 'shop.example.com'));
    expect(page(lab, 'alice', 'http://portal.example.com/whoami').body).toContain(EGRESS.default4);
  });

  test('lead to the addresses they name', () => {
    expect(dig(lab, 'alice', 'printer.example.com', 'A')).toEqual(['192.0.2.61']);
    expect(dig(lab, 'alice', 'printer.example.com', 'AAAA')).toEqual([]);
  });
});

test('an exempt name has its real address, and is reached by it', () => {
  expect(dig(lab, 'alice', 'v4only.example.com', 'A')).toEqual(['192.0.2.62']);
  declareLiteral(lab, '192.0.2.62');
  expect(curl(lab, 'alice', ['-4', 'https://v4only.example.com/whoami'])).toMatchObject({ status: 0 });
});

test('a name with a dead real address is reached by the other one at the second try at the latest (X2)', () => {
  const tries = [1, 2].map(() =>
    curl(lab, 'alice', ['-4', '--connect-timeout', '3', 'http://pair.example.com/whoami']),
  );
  expect(tries.map(({ status }) => status).at(-1)).toBe(0);
  const once = curl(lab, 'alice', ['-4', '--connect-timeout', '3', 'http://pair.example.com/whoami']);
  expect(once.status).toBe(0);
});

test('syngate dns tells of cache, upstreams and what was blocked', () => {
  const shown = runIn(lab, 'gw', [SYNGATE, '--socket', gatewayFilesOf(lab).socket, '--json', 'dns']);
  const { upstreams, counters } = JSON.parse(shown);
  expect(upstreams).toMatchObject([{ server: '192.0.2.53:53', failures: 0, lastFailure: null }]);
  expect(counters.blocked).toBeGreaterThan(0);
  expect(counters.overridden).toBeGreaterThan(0);
  expect(counters.exempted).toBeGreaterThan(0);
});
