/** Errors in imported lists of names. */

export class DomainSourceError extends Error {
  override readonly name = 'DomainSourceError';
  /** The line of a text file, from 1; undefined if the error is about the whole file. */
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

/** An entry for an error message, as JSON; truncated if it is long. */
export function quoteEntry(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
