import { expect, test } from 'vitest';
import { ExpressionCompiler } from '../../../src/policy/evaluation/expression-compiler.ts';
import { gatewayScheme } from '../../../src/policy/language/gateway-scheme.ts';

test('ExpressionCompiler.compile gives the same for a text it has compiled before, errors too', () => {
  const compiler = new ExpressionCompiler({ scheme: gatewayScheme });
  for (const text of ['net.dst.port == 443', 'net.dst.port = 443']) {
    expect(compiler.compile(text)).toBe(compiler.compile(text));
  }
  expect(compiler.compile('net.dst.port == 443')).toHaveProperty('holds');
  expect(compiler.compile('net.dst.port = 443')).toHaveProperty('error');
});
