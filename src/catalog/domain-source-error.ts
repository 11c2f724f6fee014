/** An imported list of names that cannot be used, or only in part. */

export class DomainSourceError extends Error {
  override readonly name = 'DomainSourceError';
  /** Of a text file, counted from 1; undefined when it is about the whole file. */
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

export function quoteEntry(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
