import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { refusalFor } from '../../src/gateway/datapath/refusal-policy.ts';
import { DROP_REASONS, dropReasonNumber } from '../../src/report/drop-reason.ts';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../docs/drops.md'), 'utf8');
const ROWS = PAGE.split('\n').flatMap((line) => {
  const [, reason] = /^\| `([a-z0-9-]+)` \|/.exec(line) ?? [];
  return reason === undefined ? [] : [{ reason, told: line.split('|').at(-2)?.trim() ?? '' }];
});

test('DROP_REASONS are those that docs/drops.md explains, each once', () => {
  expect(ROWS.map(({ reason }) => reason).toSorted()).toEqual(DROP_REASONS.toSorted());
});

test('docs/drops.md says what clients are told', () => {
  const told = Object.fromEntries(ROWS.map(({ reason, told }) => [reason, told.split(',')[0]]));
  const expected = DROP_REASONS.map((reason) => [reason, refusalFor(reason) ?? '']);
  expect(told).toEqual({ ...Object.fromEntries(expected), 'packet-too-big': 'too big' });
});

test('dropReasonNumber numbers reasons without gaps, the first ones for ever', () => {
  expect(DROP_REASONS.map(dropReasonNumber)).toEqual([...DROP_REASONS.keys()]);
  const lasting = ['ip-truncated', 'source-not-client', 'no-flow-inside', 'next-hop-unresolved'] as const;
  expect(lasting.map(dropReasonNumber)).toEqual([0, 16, 26, 29]);
});
