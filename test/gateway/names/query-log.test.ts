import { expect, test } from 'vitest';
import { makeQueryLog } from '../../../src/gateway/names/query-log.ts';
import type { AnsweredQuery } from '../../../src/resolver/resolver-options.ts';
import { addressBytes } from '../../support/address-text.ts';

const QUERY: AnsweredQuery = {
  name: 'bank.example.com',
  type: 28,
  client: addressBytes('fd00:64::2'),
  transport: 'tcp',
  rcode: 3,
  tookMs: 12.3456,
  error: undefined,
};

function begin() {
  const lines: unknown[] = [];
  const clock = { nowMs: 0 };
  const log = makeQueryLog({ info: (line: unknown) => lines.push(line) }, () => clock.nowMs);
  return { lines, clock, log };
}

test('makeQueryLog() tells who asked for what, and what became of it', () => {
  const { lines, log } = begin();
  log(QUERY);
  log({ ...QUERY, type: 65_399, rcode: 2, error: 'no upstream has answered' });
  expect(lines).toEqual([
    {
      client: 'fd00:64::2',
      host: 'bank.example.com',
      type: 'AAAA',
      transport: 'tcp',
      rcode: 'NXDOMAIN',
      ms: 12.3,
    },
    expect.objectContaining({ type: 'TYPE65399', rcode: 'SERVFAIL', reason: 'no upstream has answered' }),
  ]);
});

test('makeQueryLog() leaves lines out under load, and counts them in the next one (FL-42)', () => {
  const { lines, clock, log } = begin();
  for (let index = 0; index < 100_000; index++) log(QUERY);
  expect(lines).toHaveLength(200);
  clock.nowMs += 1000;
  for (let index = 0; index < 100_000; index++) log(QUERY);
  expect(lines).toHaveLength(300);
  expect(lines[200]).toMatchObject({ omitted: 99_800 });
  expect(lines[201]).not.toHaveProperty('omitted');
});
