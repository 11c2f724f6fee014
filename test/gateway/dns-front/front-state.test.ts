import { expect, test } from 'vitest';
import { FrontState } from '../../../src/gateway/dns-front/front-state.ts';

test('FrontState is the same over one buffer, whoever writes', () => {
  const control = new FrontState();
  const front = new FrontState(control.buffer);
  control.endGeneration();
  front.addWaiting(3);
  control.addWaiting(-1);
  front.count('answered', 2 ** 40);
  front.count('overload');
  expect(front.generation).toBe(1);
  expect([control.waiting, front.waiting]).toEqual([2, 2]);
  expect([control.read('answered'), control.read('overload'), control.read('ignored')]).toEqual([
    2 ** 40,
    1,
    0,
  ]);
});
