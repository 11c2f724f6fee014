import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runCli } from '../cli-fixture.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'syngate-policies-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, 'policy.yaml');
const config = path.join(folder, 'config.yaml');

const RULE = `rules:
  - name: bank
    precedence: 1
    enabled: true
    filters: [egress]
    action: egress
    traffic: net.fqdn.host == "bank.example.com"
    rule_settings: { egress: { ipv4: 203.0.113.9, ipv4_fallback: 0.0.0.0 } }
`;
const CONFIG = `onramps: [{ name: lan, interface: lan0, clients: [10.64.0.0/24] }]
uplinks: [{ name: wan, interface: wan0 }]
egress: { addresses: [{ address: 198.51.100.1, uplink: wan }], default: { ipv4: 198.51.100.1 } }
resolver: { upstreams: [192.0.2.53] }
`;

const check = (text: string, ...words: string[]) => {
  writeFileSync(file, text);
  writeFileSync(config, CONFIG);
  return runCli(['policy', 'check', file, ...words]);
};

describe('runCommandLine policy check', () => {
  test('needs no configuration', async () => {
    expect(await check(RULE)).toMatchObject({ status: 0, output: expect.stringContaining('1 rule') });
  });

  test('names file, line, column and field of everything that is wrong', async () => {
    const { status, complaints } = await check(RULE.replace('==', '='));
    expect(status).toBe(2);
    expect(complaints).toContain(`${file}:7:14: rules[0].traffic:`);
    expect(complaints).toContain('write == to compare');
  });

  test('knows with a configuration whose the addresses are', async () => {
    const { status, complaints } = await check(RULE, '-c', config);
    expect(status).toBe(2);
    expect(complaints).toContain('203.0.113.9');
  });

  test('tells the errors of all three expressions of a rule at once, each with its place and carets', async () => {
    const { status, complaints } = await check(`rules:
  - name: three
    enabled: true
    action: egress
    traffic: net.dst.prot == 443
    identity: identity.email not in {"a@b.test"}
    device_posture: any(device_posture.checks.passed[*] in {"a", "b"})
`);
    expect(status).toBe(2);
    expect(complaints.split('\n')).toEqual([
      `${file}:5:14: rules[0].traffic: Filter parsing error (1:1):`,
      'net.dst.prot == 443',
      '^^^^^^^^^^^^ unknown identifier',
      'help: did you mean net.dst.port?',
      `${file}:6:15: rules[0].identity: Filter parsing error (1:16):`,
      'identity.email not in {"a@b.test"}',
      '               ^^^^^^^^^^^^^^^^^^^ expected ComparisonOp',
      'help: write not(field in {…}): there is no operator "not in"',
      `${file}:7:21: rules[0].device_posture: Filter parsing error (1:44):`,
      'any(device_posture.checks.passed[*] in {"a", "b"})',
      `${' '.repeat(43)}^^ invalid digit found in string while parsing with radix 16`,
      'help: separate the items of a set with spaces, not commas',
    ]);
  });

  test.each([
    [
      'an identity expression that holds for anonymous clients',
      RULE.replace('    rule_settings', '    identity: identity.email != "a@b.test"\n    rule_settings'),
      ':8:15: rules[0].identity: the identity expression also holds for clients without an identity',
    ],
    [
      'a rule that can never be reached',
      `${RULE}  - { name: again, precedence: 2, enabled: true, action: egress, traffic: net.fqdn.host == "bank.example.com", identity: identity.email == "a@b.test" }\n`,
      ":9:5: rules[1]: the rule is never reached: 'bank' matches first wherever it would",
    ],
    [
      'an array that is compared without any()',
      RULE.replace('net.fqdn.host ==', 'net.fqdn.domains =='),
      ':7:14: rules[0].traffic: an Array<Bytes> is compared without any(): read as any(net.fqdn.domains == "bank.example.com")',
    ],
    [
      'a rule that nobody enabled',
      RULE.replace('    enabled: true\n', ''),
      ':2:5: rules[0].enabled: the rule is disabled',
    ],
    [
      'what is never known here',
      RULE.replace('net.fqdn.host', 'net.sni.host'),
      ':7:14: rules[0].traffic: net.sni.host is never known here',
    ],
  ])('warns of %s, and accepts it', async (_what, text, warning) => {
    const { status, complaints } = await check(text);
    expect(status).toBe(0);
    expect(complaints).toMatch(/^warning: /);
    expect(complaints).toContain(`${file}${warning}`);
  });

  test('tells programs as JSON', async () => {
    const { output } = await check(RULE, '--json');
    expect(JSON.parse(output)).toMatchObject({ ok: true, problems: [], summary: { rules: 1 } });
  });
});
