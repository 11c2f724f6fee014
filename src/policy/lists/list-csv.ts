/** Reads a list's entries from a CSV file: one record per entry, a value and optionally a description (docs/policy.md, Lists). */
import { CsvError, readCsv } from './csv-records.ts';

/** A type and not an interface, so that it is assignable to the items of a `ListObject`. */
type CsvItem = { readonly value: string; readonly description?: string };

export interface CsvItems {
  readonly items: CsvItem[];
  /** The line of each item in the file, from 1. */
  readonly lines: readonly number[];
}

/** A first record of `value` or `value,description` is a header. Throws CsvError. */
export function readListCsv(text: string): CsvItems {
  const items: CsvItem[] = [];
  const lines: number[] = [];
  let isFirst = true;
  for (const { fields, line } of readCsv(text)) {
    const isHeader = isFirst && isHeaderRecord(fields);
    isFirst = false;
    if (isHeader) continue;
    items.push(itemOf(fields, line));
    lines.push(line);
  }
  return { items, lines };
}

function isHeaderRecord([value = '', description, ...others]: readonly string[]): boolean {
  const names = [value, description ?? 'description'].map((name) => name.trim().toLowerCase());
  return others.length === 0 && names[0] === 'value' && names[1] === 'description';
}

function itemOf([value = '', description = '', ...others]: readonly string[], line: number): CsvItem {
  if (others.length > 0)
    throw new CsvError(
      line,
      `Cannot use ${others.length + 2} fields: a value and a description are expected; quote a description with commas`,
    );
  if (value.trim() === '') throw new CsvError(line, 'Cannot leave the value out');
  const text = description.trim();
  return text === '' ? { value: value.trim() } : { value: value.trim(), description: text };
}
