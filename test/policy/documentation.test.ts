/** docs/policy.md, the language's page for users, says what the code does. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { dnsScheme } from '../../src/policy/language/dns-scheme.ts';
import { gatewayScheme } from '../../src/policy/language/gateway-scheme.ts';
import { compileRules } from '../../src/policy/rules/compile-rules.ts';
import { collectErrorMessages } from './error-messages.ts';
import { evaluate } from './evaluate.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const page = readFileSync(path.join(ROOT, 'docs/policy.md'), 'utf8');
const golden = readFileSync(path.join(ROOT, 'test/policy/language/golden/errors.txt'), 'utf8');

function blocksOf(language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, body = '']) => body,
  );
}

test('docs/policy.md names every field', () => {
  const names = [...gatewayScheme.fields, ...dnsScheme.fields].map(({ name }) => name);
  const spelled = page.replaceAll('identity.groups[*].', 'identity.groups.');
  expect(names.filter((name) => !spelled.includes(`\`${name}`))).toEqual([]);
});

test('docs/policy.md has only examples that are read', () => {
  const examples = blocksOf('policy').flatMap((block) => block.trim().split('\n'));
  expect(examples.length).toBeGreaterThan(10);
  for (const example of examples) expect([example, typeof evaluate(example)]).toEqual([example, 'boolean']);
});

test('docs/policy.md has a sample rule that is valid', () => {
  const samples = blocksOf('yaml').flatMap((block) => parse(block).rules ?? []);
  expect(samples.length).toBeGreaterThan(0);
  expect(compileRules(samples, []).problems).toEqual([]);
});

test('docs/policy.md explains every error of the golden file', () => {
  const messages = [...golden.matchAll(/\^ (.+)$/gm)].map(([, message = '']) => message);
  expect(messages.length).toBeGreaterThan(40);
  const stems = messages.map((message) => message.replace(/(:| type|"|of argument|ArrayIndex|\d).*$/, ''));
  expect(stems.filter((stem) => !page.includes(stem))).toEqual([]);
});

test('docs/policy.md explains every error that the sources can raise', () => {
  const messages = collectErrorMessages();
  // What the scan must find, so that it does not come to look at nothing.
  expect([...messages.keys()]).toEqual(
    expect.arrayContaining(['expected ComparisonOp', 'expected digit', 'unknown identifier', 'empty set']),
  );
  expect(messages.size).toBeGreaterThan(40);
  const errors = page.slice(page.indexOf('## Errors'), page.indexOf('## Differences'));
  const missing = [...messages].filter(([front]) => !errors.includes(front));
  expect(missing.filter(([front]) => front !== 'an ')).toEqual([]);
});
