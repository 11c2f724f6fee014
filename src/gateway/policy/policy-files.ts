/** The files that a policy refers to (entries of lists, names of categories), with the last good copy of each. */
import { type ReadSource, readDomainSource, type SourceFormat } from '../../catalog/domain-source.ts';
import { DomainSourceError } from '../../catalog/domain-source-error.ts';
import { CsvError } from '../../policy/lists/csv-records.ts';
import { type CsvItems, readListCsv } from '../../policy/lists/list-csv.ts';
import type { ListType } from '../../policy/lists/list-type.ts';
import { compileList } from '../../policy/lists/value-list.ts';
import { ConfigError, type ConfigProblem } from '../../report/errors.ts';
import { readLimited } from '../config/read-limited.ts';
import { LastGood, type Loaded } from './last-good.ts';

/** The largest published lists are some 100 MB. */
const MOST_SOURCE_BYTES = 256 * 1024 * 1024;
/** Maximum problems reported per file; further ones are only counted. */
const MOST_PROBLEMS = 20;

export class PolicyFiles {
  readonly #lists = new LastGood<CsvItems>();
  readonly #sources = new LastGood<ReadSource>();

  /** The entries of a list's CSV file, by absolute path. Throws ConfigError if it is invalid and there is no good copy. */
  loadList(file: string, type: ListType, mostBytes: number): Loaded<CsvItems> {
    return this.#lists.load(file, `${type} ${file}`, () => readList(file, type, mostBytes));
  }

  /** The names of a category's source, by absolute path. Throws ConfigError likewise. */
  loadSource(file: string, format: SourceFormat, list: string | undefined): Loaded<ReadSource> {
    return this.#sources.load(file, `${format} ${list} ${file}`, () => readSource(file, format, list));
  }

  /** The number of files that are invalid now, so that an older copy is in use. */
  get stale(): number {
    return this.#lists.stale + this.#sources.stale;
  }

  /** Drops the copies of files that were not loaded since the last call. */
  forgetUnused(): void {
    this.#lists.forgetUnused();
    this.#sources.forgetUnused();
  }
}

function readList(file: string, type: ListType, mostBytes: number): CsvItems {
  const text = decodeText(file, readLimited(file, mostBytes));
  const read = readCsvItems(file, text);
  const { problems } = compileList({ id: file, name: file, type, items: read.items });
  if (problems.length > 0)
    throw new ConfigError(
      cutProblems(problems.map(({ item, message }) => lineProblem(file, read.lines[item] ?? 1, message))),
    );
  return read;
}

function readCsvItems(file: string, text: string): CsvItems {
  try {
    return readListCsv(text);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new ConfigError([lineProblem(file, error.line, error.message)], { cause: error });
  }
}

function readSource(file: string, format: SourceFormat, list: string | undefined): ReadSource {
  try {
    return readDomainSource(readLimited(file, MOST_SOURCE_BYTES), format, list);
  } catch (error) {
    if (!(error instanceof DomainSourceError)) throw error;
    const { line, message } = error;
    const problem = line === undefined ? { file, field: '', message } : lineProblem(file, line, message);
    throw new ConfigError([problem], { cause: error });
  }
}

function decodeText(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const message = 'Cannot read the file: it is not UTF-8';
    throw new ConfigError([{ file, field: '', message }], { cause: error });
  }
}

function lineProblem(file: string, line: number, message: string): ConfigProblem {
  return { file, position: { line, column: 1 }, field: '', message };
}

function cutProblems(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const shown = problems.slice(0, MOST_PROBLEMS);
  const last = shown.at(-1);
  const rest = problems.length - shown.length;
  if (last === undefined || rest === 0) return shown;
  return [...shown, { ...last, message: `Cannot use the file: ${rest} more entries are wrong` }];
}
