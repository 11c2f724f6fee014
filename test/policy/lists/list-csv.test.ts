import { describe, expect, test } from 'vitest';
import { CsvError } from '../../../src/policy/lists/csv-records.ts';
import { readListCsv } from '../../../src/policy/lists/list-csv.ts';

describe('readListCsv', () => {
  test('reads values with and without descriptions, and where they stand', () => {
    expect(readListCsv('example.com\n# mine\nexample.net ,"ours, too"\nexample.org,\n')).toEqual({
      items: [
        { value: 'example.com' },
        { value: 'example.net', description: 'ours, too' },
        { value: 'example.org' },
      ],
      lines: [1, 3, 4],
    });
  });

  test.each(['value\n', 'Value,Description\r\n', '\uFEFF"value"\n'])(
    'passes over the header %j',
    (header) => {
      expect(readListCsv(`${header}a`).items).toEqual([{ value: 'a' }]);
    },
  );

  test('takes a header that is none for a value', () => {
    expect(readListCsv('value,of something\na').items).toHaveLength(2);
  });

  test.each([
    ['a,b,c', 1, /^Cannot use 3 fields/],
    ['a\n,b', 2, /^Cannot leave the value out/],
    ['a\n""', 2, /^Cannot leave the value out/],
  ])('refuses %j in line %i', (text, line, message) => {
    try {
      readListCsv(text);
      expect.unreachable();
    } catch (error) {
      expect(error instanceof CsvError && error.line).toBe(line);
      expect(String(error instanceof Error && error.message)).toMatch(message);
    }
  });
});
