import { describe, expect, test } from 'vitest';
import {
  packVerdict,
  verdictMethod,
  verdictNumber,
  verdictRole,
} from '../../../../src/gateway/datapath/admission/verdict-word.ts';

describe('packVerdict', () => {
  const choices = (['default', 'primary', 'secondary'] as const).flatMap((role) =>
    (['default', 'dedicated'] as const).map((method) => ({ role, method })),
  );

  test.each(choices)('keeps $role and $method beside any number, as 32 bits without a sign', (choice) => {
    for (const number of [0, 1, 4711, 0xff_ffff]) {
      const word = packVerdict(number, choice);
      expect(new Uint32Array([word])[0]).toBe(word);
      expect(verdictNumber(word)).toBe(number);
      expect(verdictRole(word)).toBe(choice.role);
      expect(verdictMethod(word)).toBe(choice.method);
    }
  });

  test('is zero for what a blank record means: no rule, the default', () => {
    expect(packVerdict(0, { role: 'default', method: 'default' })).toBe(0);
  });
});
