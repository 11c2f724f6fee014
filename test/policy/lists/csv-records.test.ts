import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CsvError, readCsv } from '../../../src/policy/lists/csv-records.ts';

function read(text: string): (string | number)[][] {
  return [...readCsv(text)].map(({ fields, line }) => [line, ...fields]);
}

describe('readCsv', () => {
  test.each([
    [
      'plain lines',
      'a,b\nc\n',
      [
        [1, 'a', 'b'],
        [2, 'c'],
      ],
    ],
    [
      'CRLF, a byte order mark and no final line break',
      '\uFEFFa,b\r\nc',
      [
        [1, 'a', 'b'],
        [2, 'c'],
      ],
    ],
    [
      'empty lines and comments, which count as lines',
      '# one\n\n  \na\n#b,"c\nd',
      [
        [4, 'a'],
        [6, 'd'],
      ],
    ],
    ['quoted fields with commas and doubled quotes', '"a,b","say ""x"""\n', [[1, 'a,b', 'say "x"']]],
    [
      'line breaks inside quotes',
      'a,"one\r\ntwo"\r\nb',
      [
        [1, 'a', 'one\r\ntwo'],
        [3, 'b'],
      ],
    ],
    [
      'empty fields',
      'a,\n,b\n"",""',
      [
        [1, 'a', ''],
        [2, '', 'b'],
        [3, '', ''],
      ],
    ],
    ['a quote that opens no field', 'a"b,c"\n', [[1, 'a"b', 'c"']]],
    ['a quoted number sign', '"#a"', [[1, '#a']]],
    ['nothing', '', []],
  ])('reads %s', (_, text, records) => {
    expect(read(text)).toEqual(records);
  });

  test.each([
    ['a\n"b', 2, 'Cannot read as CSV: a quote is not closed'],
    ['a\n"b"c\n', 2, 'Cannot read as CSV: text follows a closing quote'],
    ['"one\ntwo" x', 2, 'Cannot read as CSV: text follows a closing quote'],
    ['"a""', 1, 'Cannot read as CSV: a quote is not closed'],
  ])('refuses %j in line %i', (text, line, message) => {
    try {
      read(text);
      expect.unreachable();
    } catch (error) {
      expect(error instanceof CsvError && [error.line, error.message]).toEqual([line, message]);
    }
  });

  const field = fc.string({ unit: fc.constantFrom('a', '#', '"', ',', '\n', '\r', ' ', 'é') });
  test('reads back whatever was written with every field quoted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(field, { minLength: 1, maxLength: 4 })),
        fc.constantFrom('\n', '\r\n'),
        (rows, end) => {
          const text = rows
            .map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(','))
            .join(end);
          expect([...readCsv(text)].map(({ fields }) => fields)).toEqual(rows);
        },
      ),
    );
  });

  test('takes any text or throws CsvError with a line of it', () => {
    fc.assert(
      fc.property(field, (text) => {
        try {
          for (const { line } of readCsv(text)) expect(line).toBeLessThanOrEqual(text.split('\n').length);
        } catch (error) {
          expect(error instanceof CsvError && error.line).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
