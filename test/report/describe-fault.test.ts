import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeFault } from '../../src/report/describe-fault.ts';

const schema = z.strictObject({
  port: z.int().max(65535),
  kind: z.enum(['DOMAIN', 'IP']),
  expect: z.union([z.boolean(), z.literal('error')]),
  names: z.array(z.string()).default([]),
});
const sound = { port: 443, kind: 'IP', expect: true };

test.each([
  [{ ...sound, port: '443' }, 'Cannot use "443": expected number, received string'],
  [{ ...sound, port: 70000 }, 'Cannot use 70000: expected number to be <=65535'],
  [{ ...sound, kind: 'DOMIAN' }, 'Cannot use "DOMIAN": expected one of "DOMAIN"|"IP"'],
  [{ ...sound, expect: 'yes' }, 'Cannot use "yes": expected boolean, or expected "error"'],
  [{ port: 443, kind: 'IP' }, 'Cannot leave it out: expected boolean, or expected "error"'],
  [{ ...sound, names: ['a', 5] }, 'Cannot use 5: expected string, received number'],
  [{ ...sound, prot: 1 }, 'Cannot use "prot": there is no such key'],
  [[], 'Cannot use []: expected object, received array'],
])('describeFault of %j', (whole, message) => {
  const issues = schema.safeParse(whole).error?.issues ?? [];
  expect(issues.map((issue) => describeFault(whole, issue))).toEqual([message]);
});

test('describeFault cuts a long value', () => {
  const whole = { ...sound, kind: 'x'.repeat(1000) };
  const [issue] = schema.safeParse(whole).error?.issues ?? [];
  expect(issue && describeFault(whole, issue).length).toBeLessThan(150);
});
