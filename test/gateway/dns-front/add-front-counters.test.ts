import { expect, test } from 'vitest';
import { addFrontCounters } from '../../../src/gateway/dns-front/add-front-counters.ts';
import { FrontState } from '../../../src/gateway/dns-front/front-state.ts';
import { newCounters } from '../../../src/resolver/resolver-counters.ts';

test('addFrontCounters() adds what the front did to what the resolver did', () => {
  const counters = { ...newCounters(), queriesUdp: 5, refusedClients: 1, byRcode: { 0: 3, 2: 1 } };
  const front = new FrontState();
  front.count('answered', 10);
  front.count('synthesized', 6);
  front.count('absent', 3);
  front.count('refusedClients');
  front.count('overload', 4);
  expect(addFrontCounters(counters, front)).toEqual({
    ...counters,
    queriesUdp: 15,
    synthesized: 6,
    cacheHits: 10,
    byRcode: { 0: 10, 2: 1, 3: 3 },
    refusedClients: 2,
    answeredAgain: 10,
    overload: 4,
  });
  expect(counters.byRcode[0]).toBe(3);
});

test('addFrontCounters() counts no reply where there was none', () => {
  expect(addFrontCounters(newCounters(), new FrontState()).byRcode).toEqual({});
});
