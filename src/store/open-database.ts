/**
 * Opens the gateway's SQLite file. Committed rows survive a `kill -9` (write-ahead log); a power cut may lose the latest ones. A
 * damaged file is set aside and not repaired, since a repair could only guess (FL-31).
 */
import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/** Database header (sqlite.org/fileformat2.html, section 1.3): page size at 16, where 1 stands for 65536. */
const HEADER_BYTES = 100;
const PAGE_SIZE_AT = 16;
const LARGEST_PAGE = 65_536;
/** Header and frames of the write-ahead log (fileformat2.html, section 4.1). */
const LOG_HEADER_BYTES = 32;
const LOG_PAGE_SIZE_AT = 8;
const FRAME_HEADER_BYTES = 24;

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** The name to which a damaged file was renamed. */
  readonly setAside: string | undefined;
  /** Whether the write-ahead log was truncated, so that SQLite silently dropped the last commits. */
  readonly isLogCut: boolean;
}

/** Opens or creates the file. Throws if neither is possible (read-only or full disk, no permission). */
export function openDatabase(file: string): OpenedDatabase {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const isLogCut = hasCutLog(file);
  try {
    return { database: openChecked(file), setAside: undefined, isLogCut };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const setAside = putAside(file);
    return { database: openChecked(file), setAside, isLogCut };
  }
}

/** Opens a file on a full or read-only disk. Throws if it cannot be read or is damaged. */
export function openToRead(file: string): DatabaseSync {
  refuseCutPage(file);
  try {
    return check(file, new DatabaseSync(file, { readOnly: true }));
  } catch (error) {
    // After a clean exit there is no log; opening the file as immutable needs no index of one, which could not be created.
    if ((sizeOf(logOf(file)) ?? 0) > 0 || isDamage(error)) throw error;
    const url = pathToFileURL(file);
    url.searchParams.set('immutable', '1');
    return check(file, new DatabaseSync(url, { readOnly: true }));
  }
}

function openChecked(file: string): DatabaseSync {
  refuseCutPage(file);
  const pragmas = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 1000;';
  return check(file, new DatabaseSync(file), pragmas);
}

/** Checks the integrity of the database, and closes it if it is damaged. Throws DamageError or SQLite's error. */
function check(file: string, database: DatabaseSync, pragmas = ''): DatabaseSync {
  try {
    database.exec(pragmas);
    const [result] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {});
    if (result !== 'ok') throw new DamageError(`Cannot use ${file}: ${String(result)}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLite reads a truncated last page as if padded with zeros: only the file size shows it (fileformat2, section 1.3.2). */
function refuseCutPage(file: string): void {
  const size = sizeOf(file);
  if (size === undefined && sizeOf(logOf(file)) === undefined) return;
  if (size === undefined || size === 0) throw new DamageError(`Cannot use ${file}: it is empty`);
  const header = readHeader(file);
  const pageBytes = header.length < HEADER_BYTES ? size + 1 : readPageSize(header);
  if (size % pageBytes !== 0)
    throw new DamageError(`Cannot use ${file}: it ends inside a page, at ${size} bytes`);
}

/** Whether the write-ahead log ends inside a frame. */
export function hasCutLog(file: string): boolean {
  const log = logOf(file);
  const size = sizeOf(log) ?? 0;
  if (size === 0) return false;
  if (size < LOG_HEADER_BYTES) return true;
  const frameBytes = readHeader(log).readUInt32BE(LOG_PAGE_SIZE_AT) + FRAME_HEADER_BYTES;
  return (size - LOG_HEADER_BYTES) % frameBytes !== 0;
}

function logOf(file: string): string {
  return `${file}-wal`;
}

/** Undefined when there is no such file. */
function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size;
}

function readPageSize(header: Buffer): number {
  const value = header.readUInt16BE(PAGE_SIZE_AT);
  return value === 1 ? LARGEST_PAGE : value;
}

function readHeader(file: string): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    return header.subarray(0, readSync(descriptor, header, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}

class DamageError extends Error {
  override readonly name = 'DamageError';
}

/** SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html). */
function isDamage(error: unknown): boolean {
  if (error instanceof DamageError) return true;
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  return code === 11 || code === 26;
}

/** Renames the file and deletes its log and index, which would otherwise be applied to the next file. */
function putAside(file: string): string {
  const name = `${file}.damaged-${Date.now()}`;
  if (existsSync(file)) renameSync(file, name);
  for (const suffix of ['-wal', '-shm']) if (existsSync(file + suffix)) rmSync(file + suffix);
  return name;
}
