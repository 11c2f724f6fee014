import { describe, expect, test } from 'vitest';
import { evaluate } from '../evaluate.ts';

const context = {
  'app.ids': [617, 505],
  'identity.groups': [
    { id: 'a', name: 'finance' },
    { id: 'b', name: 'audit' },
  ],
  'identity.saml_attributes': { uri: ['x', 'y'] },
};

const NO_INDEX = 'expected literal "expected quoted utf8 string or positive integer"';

describe('parseIndices', () => {
  const rows: ReadonlyArray<readonly [string, boolean | string]> = [
    ['app.ids[0] == 617', true],
    ['app.ids[1] == 617', false],
    ['app.ids[ 1 ] == 505', true],
    ['any(app.ids[*] == 505)', true],
    ['any(app.ids[ * ] == 505)', true],
    ['identity.groups[1].name == "audit"', true],
    ['identity.groups.name[1] == "audit"', true],
    ['any(identity.groups[*].name == "audit")', true],
    ['any(identity.groups.name[*] == "audit")', true],
    ['identity.saml_attributes["uri"][1] == "y"', true],
    ['identity.saml_attributes["\\x75ri"][0] == "x"', true],
    ['any(identity.saml_attributes["uri"][*] == "y")', true],
    ['net.dst.port[0] == 1', 'cannot access index ArrayIndex(0) for type Int'],
    ['app.ids["a"] == 1', 'cannot access index MapKey("a") for type Array<Int>'],
    ['app.ids[0][0] == 1', 'cannot access index ArrayIndex(0) for type Int'],
    ['identity.saml_attributes[0] == "x"', 'cannot access index ArrayIndex(0) for type Map<Array<Bytes>>'],
    ['identity.saml_attributes["a"]["b"] == "x"', 'cannot access index MapKey("b") for type Array<Bytes>'],
    ['app.ids[*][*] == 1', 'cannot access index MapEach for type Int'],
    ['net.dst.port[*] == 1', 'cannot access index MapEach for type Int'],
    ['app.ids[] == 1', NO_INDEX],
    ['app.ids[0x] == 1', NO_INDEX],
    ['app.ids[99999999999] == 1', 'expected literal "expected positive integer as index"'],
    ['identity.saml_attributes[r"uri"][1] == "y"', NO_INDEX],
    ['identity.saml_attributes["\\xff"] == "y"', 'expected literal "expected utf8 string"'],
    ['app.ids[-1] == 1', 'expected literal "expected positive integer as index"'],
    ['app.ids[0 == 1', 'expected literal "]"'],
    ['identity.saml_attributes[uri] == "x"', NO_INDEX],
  ];
  for (const [expression, expected] of rows) {
    test(expression, () => expect(evaluate(expression, { context })).toBe(expected));
  }
});
