/** Formats text tables in which each column is as wide as its widest cell. */
import { makePrintable } from './terminal.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** Default: left. */
  readonly align?: 'left' | 'right';
  /** Colours the padded cell. */
  readonly paint?: (text: string, row: Row) => string;
}

/** The lines of the table, its titles first; `paintTitle` colours them. */
export function formatTable<Row>(
  columns: ReadonlyArray<Column<Row>>,
  rows: readonly Row[],
  paintTitle: (text: string) => string = (text) => text,
): string[] {
  const cells = rows.map((row) => columns.map(({ cell }) => makePrintable(cell(row))));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const pad = (text: string, index: number) => {
    const width = widths[index] ?? 0;
    if (columns[index]?.align === 'right') return text.padStart(width);
    return index === columns.length - 1 ? text : text.padEnd(width);
  };
  const titles = columns.map(({ title }, index) => paintTitle(pad(title, index))).join('  ');
  const lines = rows.map((row, place) =>
    columns
      .map(({ paint = (text) => text }, index) => paint(pad(cells[place]?.[index] ?? '', index), row))
      .join('  '),
  );
  return [titles, ...lines].map((line) => line.trimEnd());
}
