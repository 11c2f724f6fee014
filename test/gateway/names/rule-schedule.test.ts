import { describe, expect, test } from 'vitest';
import { readSchedule } from '../../../src/gateway/names/rule-schedule.ts';

function isInForce(rule: Parameters<typeof readSchedule>[0], when: string): boolean {
  return readSchedule(rule)(Date.parse(when));
}

describe('readSchedule()', () => {
  test.each([
    ['without a schedule', {}, '2026-11-23T03:00:00Z', true],
    ['with null for one', { schedule: null, expiration: null }, '2026-11-23T03:00:00Z', true],
    ['in its hours', { schedule: { mon: '08:00-12:30', time_zone: 'UTC' } }, '2026-11-23T08:00:00Z', true],
    ['before them', { schedule: { mon: '08:00-12:30', time_zone: 'UTC' } }, '2026-11-23T07:59:59Z', false],
    ['at their end', { schedule: { mon: '08:00-12:30', time_zone: 'UTC' } }, '2026-11-23T12:30:00Z', false],
    [
      'in the second span',
      { schedule: { mon: '08:00-09:00,13:00-24:00', time_zone: 'UTC' } },
      '2026-11-23T23:59:00Z',
      true,
    ],
    ['on another day', { schedule: { mon: '00:00-24:00', time_zone: 'UTC' } }, '2026-11-24T10:00:00Z', false],
    [
      'by the clock of its zone',
      { schedule: { tue: '00:00-01:00', time_zone: 'Asia/Tokyo' } },
      '2026-11-23T15:30:00Z',
      true,
    ],
    [
      'in summer time',
      { schedule: { wed: '10:00-11:00', time_zone: 'Europe/Berlin' } },
      '2026-07-01T08:30:00Z',
      true,
    ],
    [
      'in winter time',
      { schedule: { wed: '10:00-11:00', time_zone: 'Europe/Berlin' } },
      '2026-12-02T08:30:00Z',
      false,
    ],
    [
      'before its end',
      { expiration: { expires_at: '2026-11-23T12:00:00+01:00' } },
      '2026-11-23T10:59:59Z',
      true,
    ],
    [
      'after its end',
      { expiration: { expires_at: '2026-11-23T12:00:00+01:00' } },
      '2026-11-23T11:00:00Z',
      false,
    ],
  ])('knows a rule %s', (_what, rule, when, expected) => {
    expect(isInForce(rule, when)).toBe(expected);
  });

  test('follows the clock wherever it jumps (FL-36)', () => {
    const schedule = readSchedule({ schedule: { mon: '08:00-12:00', time_zone: 'UTC' } });
    const at = (text: string) => schedule(Date.parse(text));
    expect([at('2026-11-23T09:00:00Z'), at('2026-11-24T09:00:00Z'), at('2026-11-16T09:00:30Z')]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test.each(['12:00-08:00', '08:00-08:00', '8:00-9:00', '08:00-24:30', '08:00', 'always'])(
    'refuses hours %j',
    (mon) => {
      expect(() => readSchedule({ schedule: { mon } })).toThrow(RangeError);
    },
  );

  test('refuses a day that is misspelt, on which the rule would never be in force', () => {
    const schedule = { monday: '08:00-17:00', timezone: 'UTC' };
    expect(() => readSchedule({ schedule })).toThrow(/^Cannot read schedule: .* found 'monday', 'timezone'$/);
  });
});

test('readSchedule() takes six spans a day and not seven', () => {
  const spans = (count: number) =>
    Array.from({ length: count }, (_, hour) => `0${hour}:00-0${hour}:30`).join(',');
  expect(isInForce({ schedule: { mon: spans(6), time_zone: 'UTC' } }, '2026-11-23T05:10:00Z')).toBe(true);
  expect(() => readSchedule({ schedule: { mon: spans(7) } })).toThrow('has 7 spans, more than 6');
});
