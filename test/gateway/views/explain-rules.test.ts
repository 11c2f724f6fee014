import { describe, expect, test } from 'vitest';
import { FlowFacts } from '../../../src/gateway/datapath/admission/flow-facts.ts';
import { describeName } from '../../../src/gateway/names/describe-name.ts';
import { explainRules } from '../../../src/gateway/views/explain-rules.ts';
import { compileRules } from '../../../src/policy/rules/compile-rules.ts';
import { addressBytes } from '../../support/address-text.ts';
import { makePolicy } from '../../support/policy-fixture.ts';

const none = { applicationIds: [], applicationTypeIds: [], categoryIds: [] };

function reasonsFor(traffic: string): { holds: boolean; because: readonly string[] } {
  const { ruleSet } = compileRules(makePolicy([{ name: 'rule', traffic }]).rules, []);
  const facts = new FlowFacts().describe(
    {
      client: addressBytes('10.64.0.2'),
      destination: undefined,
      clientGeo: undefined,
      destinationGeo: undefined,
      protocol: 'tcp',
      sourcePort: undefined,
      destinationPort: 443,
    },
    describeName('www.bank.example.com', { lookup: () => none }),
    undefined,
  );
  const [rule] = explainRules(ruleSet.explain(facts));
  const part = rule?.parts[0];
  if (part === undefined) throw new Error('Cannot go on: nothing was explained');
  return { holds: part.holds, because: part.because };
}

const HOST = 'net.fqdn.host == "www.bank.example.com"';
const OTHER = 'net.fqdn.host == "shop.example.com"';
const PORT = 'net.dst.port == 443';
const OTHER_PORT = 'net.dst.port == 80';

describe('explainRules', () => {
  test.each([
    ['the comparison itself', HOST, true, [HOST]],
    ['what fails of an and', `${HOST} and ${OTHER_PORT}`, false, [OTHER_PORT]],
    ['everything that fails of an and', `${OTHER} and ${OTHER_PORT}`, false, [OTHER, OTHER_PORT]],
    ['all parts of an and that holds', `${HOST} and ${PORT}`, true, [HOST, PORT]],
    ['what holds of an or', `${OTHER} or ${PORT}`, true, [PORT]],
    ['all parts of an or that fails', `${OTHER} or ${OTHER_PORT}`, false, [OTHER, OTHER_PORT]],
    ['what fails inside a not that holds', `not(${OTHER})`, true, [OTHER]],
    ['what holds inside a not that fails', `not(${OTHER} or ${PORT})`, false, [PORT]],
    ['the deepest part', `${PORT} and not(${HOST} and ${PORT})`, false, [HOST, PORT]],
  ])('blames %s', (_what, traffic, holds, comparisons) => {
    const { holds: found, because } = reasonsFor(traffic);
    expect(found).toBe(holds);
    expect(because.map((reason) => reason.slice(0, reason.indexOf(': the value')))).toEqual(comparisons);
  });

  test('shows the value that was seen, and says when there is none', () => {
    expect(reasonsFor(OTHER).because).toEqual([`${OTHER}: the value is "www.bank.example.com"`]);
    const missing = 'net.dst.geo.country == "DE"';
    expect(reasonsFor(missing).because).toEqual([`${missing}: the value is missing`]);
  });
});
