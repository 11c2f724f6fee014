import { expect, test } from 'vitest';
import { type Column, formatTable } from '../../src/cli/format-table.ts';

const COLUMNS: ReadonlyArray<Column<readonly [string, number]>> = [
  { title: 'NAME', cell: ([name]) => name, paint: (text) => `<${text}>` },
  { title: 'N', cell: ([, count]) => String(count), align: 'right' },
];

test('formatTable makes columns as wide as their widest cell, and colours do not count', () => {
  expect(
    formatTable(
      COLUMNS,
      [
        ['a', 1],
        ['longer', 234],
      ],
      (title) => `*${title}*`,
    ),
  ).toEqual(['*NAME  *  *  N*', '<a     >    1', '<longer>  234']);
});
