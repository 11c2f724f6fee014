import { expect, test } from 'vitest';
import { FrontState } from '../../../src/gateway/dns-front/front-state.ts';

const ALICE = Uint8Array.of(10, 64, 0, 2);

test('FrontState tells clients apart, of both families', () => {
  const state = new FrontState();
  const clients = Array.from({ length: 100 }, (_, index) => [
    Uint8Array.of(10, 64, 0, index),
    Uint8Array.of(0xfd, 0, 0, 0x64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, index),
  ]).flat();
  for (const client of clients) state.addWaiting(client, 1);
  expect(state.waiting).toBe(200);
  // Of 200 numbers among 16,384 some 1 in 80 is another's as well.
  expect(clients.filter((client) => state.waitingOf(client) === 1).length).toBeGreaterThan(180);
});

test('FrontState is the same over one buffer, whoever writes', () => {
  const control = new FrontState();
  const front = new FrontState(control.buffer);
  control.endGeneration();
  front.addWaiting(ALICE, 3);
  control.addWaiting(ALICE, -1);
  front.count('answered', 2 ** 40);
  front.count('overload');
  expect(front.generation).toBe(1);
  expect([control.waiting, front.waiting]).toEqual([2, 2]);
  expect([control.waitingOf(ALICE), front.waitingOf(ALICE)]).toEqual([2, 2]);
  expect([control.read('answered'), control.read('overload'), control.read('ignored')]).toEqual([
    2 ** 40,
    1,
    0,
  ]);
});
