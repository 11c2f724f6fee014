/** `syngate explain` over the real trace of real rules: what is under test is what people are shown of it. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiServer, serveApi } from '../../../src/api/serve-api.ts';
import type { Explanation } from '../../../src/gateway/control/explanation.ts';
import { explainRules } from '../../../src/gateway/views/explain-rules.ts';
import { loadFacts } from '../../../src/policy/evaluation/load-facts.ts';
import { gatewayScheme } from '../../../src/policy/language/gateway-scheme.ts';
import { compileRules } from '../../../src/policy/rules/compile-rules.ts';
import { EXPLANATION, makeControl } from '../../api/control-fixture.ts';
import { TemporaryFolder } from '../../support/temporary-folder.ts';
import { runCli } from '../cli-fixture.ts';

const egress = (name: string, rule: object) => ({ name, enabled: true, action: 'egress', ...rule });
const { ruleSet } = compileRules(
  [
    egress('finance', {
      traffic: 'net.fqdn.host == "bank.example.com" and net.dst.port in {443 8443}',
      identity: 'any(identity.groups[*].name in {"finance"}) or identity.email == "cfo@acme.test"',
    }),
    egress('old', { enabled: false, traffic: 'net.dst.port == 443' }),
    egress('abroad', { traffic: 'not(net.dst.geo.country == "US") or net.dst.port == 22' }),
    egress('rest', { traffic: '' }),
  ],
  [],
);
const { facts } = loadFacts(
  { 'net.fqdn.host': 'bank.example.com', 'net.dst.port': 443, 'identity.groups': [{ name: 'sales' }] },
  gatewayScheme,
);
const explanation: Explanation = {
  ...EXPLANATION,
  rules: explainRules(ruleSet.explain(facts)),
  decidedBy: { id: 'abroad', name: 'abroad' },
};

const socket = path.join(new TemporaryFolder().path, 'api.sock');
let server: ApiServer;
beforeAll(async () => {
  server = await serveApi(makeControl({ explain: async () => explanation }), socket);
});
afterAll(() => server.close());

const explain = (isScreen: boolean, ...words: string[]) =>
  runCli(['--socket', socket, 'explain', '--host', 'bank.example.com', ...words], {}, isScreen);

describe('syngate explain', () => {
  test('shows every rule in order, with the subexpressions that made it hold or fail', async () => {
    const { status, output } = await explain(false);
    expect(status).toBe(0);
    const lines = output.split('\n');
    expect(
      lines.slice(
        lines.indexOf('rules') + 1,
        lines.findIndex((line) => line.startsWith('decided')),
      ),
    ).toEqual([
      '    1000  finance: does not hold',
      '      ✓ traffic: net.fqdn.host == "bank.example.com" and net.dst.port in {443 8443}',
      '          net.fqdn.host == "bank.example.com": the value is "bank.example.com"',
      '          net.dst.port in {443 8443}: the value is "443"',
      '      ✗ identity: any(identity.groups[*].name in {"finance"}) or identity.email == "cfo@acme.test"',
      '          identity.groups[*].name in {"finance"}: the value is "sales"',
      '          identity.email == "cfo@acme.test": the value is missing',
      '    2000  old: holds (disabled)',
      '      ✓ traffic: net.dst.port == 443',
      '          net.dst.port == 443: the value is "443"',
      '    3000  abroad: holds ← decides',
      '      ✓ traffic: not(net.dst.geo.country == "US") or net.dst.port == 22',
      '          net.dst.geo.country == "US": the value is missing',
      '    4000  rest: holds',
    ]);
    expect(output).toContain('decided  abroad');
  });

  test('colours what holds, what does not and what decides on a screen, and nowhere else', async () => {
    const { output } = await explain(true);
    expect(output).toContain('finance: \x1b[31mdoes not hold\x1b[39m');
    expect(output).toContain('abroad: \x1b[32mholds\x1b[39m\x1b[1m ← decides\x1b[22m');
    expect(output).toContain('\x1b[31m✗\x1b[39m identity:');
    expect((await explain(false)).output).not.toContain('\x1b[');
  });

  test('gives the same to programs', async () => {
    const { output } = await explain(true, '--json');
    expect(JSON.parse(output)).toEqual(JSON.parse(JSON.stringify(explanation)));
  });

  test('wants to know of which destination', async () => {
    const { status, complaints } = await runCli(['--socket', socket, 'explain']);
    expect(status).toBe(2);
    expect(complaints).toMatch(/--host <name>.*--destination <ip>/);
  });
});
