/**
 * Comma-separated values (RFC 4180), as spreadsheets and Cloudflare's dashboard write lists: quoted fields with doubled
 * quotes and line breaks inside, lines that end in LF or CRLF, a byte order mark. Lines that begin with `#` are comments.
 */
export class CsvError extends Error {
  override readonly name = 'CsvError';
  /** Counts from 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

export interface CsvRecord {
  readonly fields: readonly string[];
  /** The line on which the record begins, from 1. */
  readonly line: number;
}

/** Records in the order of the file, without empty lines. Throws CsvError. */
export function* readCsv(text: string): Generator<CsvRecord> {
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const end = endOfLine(text, at);
    const whole = trimEnd(text, at, end);
    if (whole.includes('"') && !whole.startsWith('#')) {
      const record = readQuoted(text, at, line);
      yield { fields: record.fields, line };
      line += record.lines;
      at = record.end;
    } else {
      if (whole.trim() !== '' && !whole.startsWith('#')) yield { fields: whole.split(','), line };
      line++;
      at = end + 1;
    }
  }
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

function trimEnd(text: string, at: number, end: number): string {
  return text.slice(at, text[end - 1] === '\r' && end > at ? end - 1 : end);
}

/** A record with quoted fields, which may span several lines; `end` is where the next record begins. */
function readQuoted(text: string, start: number, line: number) {
  const fields: string[] = [];
  let lines = 0;
  let at = start;
  for (;;) {
    const field = text[at] === '"' ? readQuotedField(text, at, line + lines) : readPlainField(text, at);
    fields.push(field.value);
    lines += field.lines;
    at = field.end;
    if (text[at] !== ',') break;
    at++;
  }
  if (text[at] === '\r') at++;
  if (at < text.length && text[at] !== '\n')
    throw new CsvError(line + lines, 'Cannot read as CSV: text follows a closing quote');
  return { fields, lines: lines + 1, end: at + 1 };
}

function readQuotedField(text: string, start: number, line: number) {
  let end = start;
  do {
    end = text.indexOf('"', end + 1);
    if (end === -1) throw new CsvError(line, 'Cannot read as CSV: a quote is not closed');
    // A doubled quote stands for a quote inside the field.
  } while (text[end + 1] === '"' && end++ >= 0);
  const quoted = text.slice(start + 1, end);
  return { value: quoted.replaceAll('""', '"'), lines: quoted.split('\n').length - 1, end: end + 1 };
}

/** In a field that does not begin with a quote, a quote is an ordinary character. */
function readPlainField(text: string, start: number) {
  let end = start;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n') end++;
  if (text[end - 1] === '\r' && end > start) end--;
  return { value: text.slice(start, end), lines: 0, end };
}
