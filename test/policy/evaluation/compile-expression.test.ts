import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../evaluate.ts';

/** `p1`…`p4` stand for comparisons that hold or not. */
const CONTEXT = { 'net.dst.port': 443, 'net.protocol': 'tcp' };
const TRUE = 'net.dst.port == 443';
const FALSE = 'net.dst.port == 1';

describe('compileExpression: a missing value fails every comparison but !=', () => {
  const rows: ReadonlyArray<readonly [string, boolean]> = [
    ['identity.email == "a"', false],
    ['identity.email != "a"', true],
    ['identity.email < "z"', false],
    ['identity.email <= "z"', false],
    ['identity.email > ""', false],
    ['identity.email >= ""', false],
    ['identity.email in {"a"}', false],
    ['identity.email contains ""', false],
    ['identity.email matches ""', false],
    ['identity.email wildcard "*"', false],
    ['identity.email strict wildcard "*"', false],
    ['not identity.email == "a"', true],
    ['not identity.email != "a"', false],
    ['not identity.email in {"a"}', true],
    ['net.dst.port == 0', false],
    ['net.dst.port != 0', true],
    ['net.dst.port < 1', false],
    ['net.dst.port & 1', false],
    ['net.src.internal_src_ip == 0.0.0.0', false],
    ['net.src.internal_src_ip != 0.0.0.0', true],
    ['net.src.internal_src_ip == "0.0.0.0/0"', false],
    ['net.src.internal_src_ip != "0.0.0.0/0"', true],
    ['net.src.internal_src_ip in {0.0.0.0/0 ::/0}', false],
    ['net.src.internal_src_ip < 1.1.1.1', false],
    ['dns.categories_in_request_context_matches', false],
    ['not dns.categories_in_request_context_matches', true],
    // a missing array, a missing key and an index past the end
    ['any(app.ids[*] == 1)', false],
    ['any(app.ids[*] != 1)', false],
    ['all(app.ids[*] == 1)', true],
    ['not(any(app.ids[*] == 1))', true],
    ['app.ids[0] == 1', false],
    ['app.ids[0] != 1', true],
    ['any(identity.saml_attributes["k"][*] == "v")', false],
    ['all(identity.saml_attributes["k"][*] == "v")', true],
    ['any(identity.saml_attributes[*] == "k=v")', false],
  ];
  for (const [expression, expected] of rows) {
    test(expression, () => expect(evaluate(expression)).toBe(expected));
  }
});

test('compileExpression takes a missing element of an array for a missing value', () => {
  const context = { 'identity.groups': [{ id: 'a' }, { name: 'b' }] };
  expect(evaluate('any(identity.groups[*].name == "b")', { context })).toBe(true);
  expect(evaluate('all(identity.groups[*].name == "b")', { context })).toBe(false);
  expect(evaluate('any(identity.groups[*].name != "b")', { context })).toBe(true);
  expect(
    evaluate('any((identity.groups[*].id == "a" and identity.groups[*].name == "b"))', { context }),
  ).toBe(false);
});

describe('compileExpression binds not, and, xor, or in this order', () => {
  const rows: ReadonlyArray<readonly [string, boolean]> = [
    [`${TRUE} or ${FALSE} and ${FALSE}`, true],
    [`(${TRUE} or ${FALSE}) and ${FALSE}`, false],
    [`${TRUE} or ${TRUE} xor ${TRUE}`, true],
    [`(${TRUE} or ${TRUE}) xor ${TRUE}`, false],
    [`${TRUE} xor ${TRUE} and ${FALSE}`, true],
    [`(${TRUE} xor ${TRUE}) and ${FALSE}`, false],
    [`not ${TRUE} and ${FALSE}`, false],
    [`not ${FALSE} and ${TRUE}`, true],
    [`not(${TRUE} and ${FALSE})`, true],
    [`not ${FALSE} or ${TRUE}`, true],
    [`not not ${TRUE}`, true],
    [`!!${TRUE}`, true],
    [`!(${TRUE})`, false],
    [`not${FALSE.replace(' ', '')}`, true],
    [`${TRUE}&&${TRUE}||${FALSE}^^${FALSE}`, true],
    [`${TRUE} xor ${TRUE} xor ${TRUE}`, true],
  ];
  for (const [expression, expected] of rows) {
    test(expression, () => expect(evaluate(expression, { context: CONTEXT })).toBe(expected));
  }

  test('and agrees with a plain evaluator on random expressions', () => {
    fc.assert(
      fc.property(treeArbitrary(5), (tree) => {
        expect(evaluate(spell(tree), { context: CONTEXT })).toBe(judge(tree));
      }),
      { numRuns: 300 },
    );
  });
});

describe('compileExpression walks over arrays element by element', () => {
  const context = {
    'net.fqdn.domains': ['a.test', 'b.test', 'c.test'],
    'app.ids': [1, 2],
    'net.dst.ip': ['192.0.2.1', '2001:db8::1'],
  };
  const rows: ReadonlyArray<readonly [string, boolean]> = [
    ['any(net.fqdn.domains[*] == "b.test")', true],
    ['all(net.fqdn.domains[*] contains ".test")', true],
    ['all(net.fqdn.domains[*] == "a.test")', false],
    ['any(not net.fqdn.domains[*] == "a.test")', true],
    ['all(not net.fqdn.domains[*] == "x.test")', true],
    ['any((net.fqdn.domains[*] == "x.test" or net.fqdn.domains[*] == "c.test"))', true],
    ['any((net.fqdn.domains[*] == "a.test" and net.fqdn.domains[*] == "b.test"))', false],
    ['any((net.fqdn.domains[*] == "a.test" xor net.fqdn.domains[*] contains "a"))', false],
    // the shortest array counts: c.test has no partner
    ['any((net.fqdn.domains[*] == "c.test" and app.ids[*] > 0))', false],
    ['any((net.fqdn.domains[*] == "b.test" and app.ids[*] == 2))', true],
    ['any((net.fqdn.domains[*] == "a.test" and app.ids[*] == 2))', false],
    ['all((net.fqdn.domains[*] != "c.test" and app.ids[*] > 0))', true],
    ['any(net.dst.ip[*] in {2001:db8::/32})', true],
    ['all(net.dst.ip[*] in {0.0.0.0/0})', false],
    ['all(net.dst.ip[*] in {0.0.0.0/0 ::/0})', true],
    // compat: a bare array, alone, in any() and in all()
    ['app.ids == 2', true],
    ['app.ids[*] == 2', true],
    ['not app.ids == 3', true],
    ['app.ids == 1 and app.ids == 2', true],
    ['any(app.ids == 2)', true],
    ['all(app.ids == 2)', false],
    ['app.ids[1] == 2', true],
    ['app.ids == 2 and any(net.fqdn.domains[*] == "a.test")', true],
  ];
  for (const [expression, expected] of rows) {
    test(expression, () => expect(evaluate(expression, { context })).toBe(expected));
  }
});

type Tree =
  | boolean
  | { readonly operator: 'not'; readonly operands: readonly [Tree] }
  | { readonly operator: 'and' | 'or' | 'xor'; readonly operands: readonly [Tree, Tree] };

function treeArbitrary(depth: number): fc.Arbitrary<Tree> {
  if (depth === 0) return fc.boolean();
  const operand = treeArbitrary(depth - 1);
  return fc.oneof(
    fc.boolean(),
    fc.record({ operator: fc.constant('not' as const), operands: fc.tuple(operand) }),
    fc.record({
      operator: fc.constantFrom('and' as const, 'or' as const, 'xor' as const),
      operands: fc.tuple(operand, operand),
    }),
  );
}

const BINDING = { or: 0, xor: 1, and: 2, not: 3 } as const;

/** The tree with no more parentheses than precedence asks for. */
function spell(tree: Tree, within = 0): string {
  if (typeof tree === 'boolean') return tree ? TRUE : FALSE;
  const { operator, operands } = tree;
  const binding = BINDING[operator];
  const inner = operands.map((operand, index) => spell(operand, binding + index));
  const text = operator === 'not' ? `not ${inner[0]}` : inner.join(` ${operator} `);
  return binding < within ? `(${text})` : text;
}

function judge(tree: Tree): boolean {
  if (typeof tree === 'boolean') return tree;
  if (tree.operator === 'not') return !judge(tree.operands[0]);
  const [left, right] = [judge(tree.operands[0]), judge(tree.operands[1])];
  if (tree.operator === 'xor') return left !== right;
  return tree.operator === 'and' ? left && right : left || right;
}

test('compileExpression runs chains of tens of thousands of operands', () => {
  const chain = (operator: string, comparison: (index: number) => string) =>
    Array.from({ length: 20_000 }, (_, index) => comparison(index)).join(` ${operator} `);
  const context = { 'net.dst.port': 19_999, 'app.ids': [19_999] };
  expect(
    evaluate(
      chain('or', (index) => `net.dst.port == ${index}`),
      { context },
    ),
  ).toBe(true);
  expect(
    evaluate(
      chain('and', (index) => `net.dst.port != ${index}`),
      { context },
    ),
  ).toBe(false);
  expect(
    evaluate(
      chain('xor', (index) => `net.dst.port >= ${index}`),
      { context },
    ),
  ).toBe(false);
  expect(evaluate(`any((${chain('or', (index) => `app.ids[*] == ${index}`)}))`, { context })).toBe(true);
});
