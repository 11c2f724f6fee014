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

  test('tells programs as JSON', async () => {
    const { output } = await check(RULE, '--json');
    expect(JSON.parse(output)).toMatchObject({ ok: true, problems: [], summary: { rules: 1 } });
  });
});
