import { expect, test } from 'vitest';
import { findHiddenRules } from '../../../src/gateway/policy/find-hidden-rules.ts';
import { compileRules } from '../../../src/policy/rules/compile-rules.ts';
import { makeConfig } from '../host/host-fixture.ts';

test('findHiddenRules() tells of exempt domains that rules could have selected, and of no others', () => {
  const traffic = 'any(net.fqdn.domains[*] == "example.com")';
  const rule = { name: 'ours', enabled: true, action: 'egress', filters: ['egress'], traffic };
  const policy = {
    compiled: compileRules([rule], []),
    catalog: { lookup: () => ({ applicationIds: [], applicationTypeIds: [], categoryIds: [] }) },
  };
  const { resolver } = makeConfig();
  const config = makeConfig({ resolver: { ...resolver, exempt: ['lan.example.org', 'bank.example.com'] } });
  expect(findHiddenRules(config, policy)).toMatchObject([
    {
      file: config.file,
      field: 'resolver.exempt[1]',
      message: expect.stringContaining('"bank.example.com"'),
    },
  ]);
  expect(findHiddenRules(makeConfig(), policy)).toEqual([]);
});
