import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadPolicy } from '../../../src/gateway/config/load-policy.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'syngate-policy-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(text: string): string {
  const file = path.join(folder, 'policy.yaml');
  writeFileSync(file, text);
  return file;
}

const GOOD = `rules:
  - name: bank
    id: bank
    precedence: 1000
    enabled: true
    filters: [egress]
    action: egress
    traffic: net.fqdn.host == "bank.example.com"
    rule_settings: { egress: { ipv4: 203.0.113.9, ipv4_fallback: 0.0.0.0 } }
  - { name: rest, action: egress, created_at: 2025-01-01T00:00:00Z }
lists:
  - { id: a1, name: banks, type: DOMAIN, items: [{ value: bank.example.com }] }
users:
  - { email: alice@example.com }
`;

describe('loadPolicy', () => {
  test('gives plain objects in the order of the file', () => {
    const { policy } = loadPolicy(write(GOOD));
    expect(policy.rules.map(({ name }) => name)).toEqual(['bank', 'rest']);
    expect(policy.rules[0]?.rule_settings?.egress).toEqual({ ipv4: '203.0.113.9', ipv4_fallback: '0.0.0.0' });
    expect(policy).toMatchObject({ groups: [], devices: [], virtual_networks: [], catalog: {} });
    expect(JSON.parse(JSON.stringify(policy))).toEqual(policy);
  });

  test('knows where every value stands, and the nearest parent of what is missing', () => {
    const source = loadPolicy(write(GOOD));
    expect(source.positionOf(['rules', 0, 'traffic'])).toEqual({ line: 8, column: 14 });
    expect(source.positionOf(['rules', 1, 'identity'])).toEqual({ line: 10, column: 5 });
    expect(source.problem(['lists', 0, 'items', 0, 'value'], 'x')).toMatchObject({
      field: 'lists[0].items[0].value',
      position: { line: 12, column: 59 },
    });
  });

  test('takes JSON', () => {
    const source = loadPolicy(write('{\n "rules": [\n  {"name": "a", "action": "egress"}]}'));
    expect(source.positionOf(['rules', 0, 'action'])).toEqual({ line: 3, column: 27 });
  });

  test.each([
    ['an unknown key', 'enabled:', 'enable:', /5:5: rules\[0\]\.enable: .*did you mean "enabled"/],
    ['an unknown egress setting', 'ipv4_fallback', 'ipv4_falback', /9:51: .*did you mean "ipv4_fallback"/],
    [
      'a wrong type',
      'precedence: 1000',
      'precedence: first',
      /4:17: rules\[0\]\.precedence: Cannot use "first"/,
    ],
    ['an unknown list type', 'DOMAIN', 'HOST', /12:34: lists\[0\]\.type: Cannot use "HOST"/],
  ])('refuses %s', (_name, from, to, expected) => {
    expect(() => loadPolicy(write(GOOD.replace(from, to)))).toThrow(expected);
  });
});
