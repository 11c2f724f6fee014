/**
 * The journal of leases on disk. A lease is written before the answer that announces it is sent, so that after a crash no
 * address stands for another name (row S8).
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { emitRow, readRow, type StoredLease } from './lease-row.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS lease_pool (id INTEGER PRIMARY KEY CHECK (id = 1), ranges TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS lease (
    slot INTEGER PRIMARY KEY,
    hostname TEXT NOT NULL,
    ipv6 BLOB,
    real4 BLOB NOT NULL,
    real6 BLOB NOT NULL,
    resting INTEGER NOT NULL,
    aliases4 TEXT NOT NULL DEFAULT '',
    aliases6 TEXT NOT NULL DEFAULT ''
  ) STRICT;
  -- Has a row if leases were lost and their slots have not rested since.
  CREATE TABLE IF NOT EXISTS lease_loss (id INTEGER PRIMARY KEY CHECK (id = 1), loss TEXT NOT NULL) STRICT;
  -- Has a row while the journal is open, and after it was not closed: the boot in which leases were written.
  CREATE TABLE IF NOT EXISTS lease_boot (id INTEGER PRIMARY KEY CHECK (id = 1), boot TEXT NOT NULL) STRICT;
`;

/**
 * The leases that are missing from the journal:
 * - `none`: none.
 * - `all`: earlier leases, all or an unknown part of them.
 * - `newest`: the same, and perhaps also leases that could not be written.
 */
export type Loss = 'none' | 'all' | 'newest';

export interface JournalOwner {
  /** The pool's ranges: leases of other ranges are discarded, since their slots are other addresses here. */
  readonly ranges: string;
  /** Identifies this boot of the machine. */
  readonly boot: string;
}

export class LeaseJournal {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  /** `loss`: what the caller knows to be lost already. Throws if the file cannot be written. */
  constructor(database: DatabaseSync, { ranges, boot }: JournalOwner, loss: Loss = 'none') {
    this.#database = database;
    // This must survive a power cut: it records which boot wrote the file.
    database.exec('PRAGMA synchronous = FULL');
    this.#transact(() => {
      database.exec(SCHEMA);
      addAliases(database);
      if (isCutOff(database, boot)) this.#markLoss(this.loss === 'none' ? 'all' : 'newest');
      if (this.#forgetOtherRanges(ranges)) this.#markLoss('all');
      this.#markLoss(loss);
      database.prepare('INSERT OR REPLACE INTO lease_boot VALUES (1, ?)').run(boot);
    });
    database.exec('PRAGMA synchronous = NORMAL');
    this.#put = database.prepare('INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    this.#remove = database.prepare('DELETE FROM lease WHERE slot = ?');
  }

  load(): StoredLease[] {
    return readAll(this.#database);
  }

  /** Throws if the file cannot be written. */
  put(lease: StoredLease): void {
    this.#put.run(...emitRow(lease));
  }

  /** Deletes a lease, whose slot may then stand for another name. Throws if the file cannot be written. */
  remove(slot: number): void {
    this.#remove.run(slot);
  }

  /** The loss of leases whose slots have not rested since. */
  get loss(): Loss {
    return readLoss(this.#database);
  }

  /** To be called when the slots of lost leases have rested. Throws if the file cannot be written. */
  forgetLoss(): void {
    this.#database.exec('DELETE FROM lease_loss');
  }

  /** Replaces all leases in one transaction. Throws if the file cannot be written. */
  replaceAll(leases: Iterable<StoredLease>, loss: Loss = 'none'): void {
    this.#transact(() => {
      this.#database.exec('DELETE FROM lease; DELETE FROM lease_loss;');
      this.#markLoss(loss);
      for (const lease of leases) this.put(lease);
    });
  }

  /** Closes the journal and marks it as complete. Throws if the file cannot be written. */
  close(): void {
    this.#database.exec('DELETE FROM lease_boot');
    this.#database.close();
  }

  #transact(write: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      write();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Keeps the graver of two losses. */
  #markLoss(loss: Loss): void {
    if (loss === 'none' || this.loss === 'newest') return;
    this.#database.prepare('INSERT OR REPLACE INTO lease_loss VALUES (1, ?)').run(loss);
  }

  #forgetOtherRanges(ranges: string): boolean {
    const known = readRanges(this.#database);
    if (known === ranges) return false;
    if (known !== undefined) this.#database.exec('DELETE FROM lease');
    this.#database.prepare('INSERT OR REPLACE INTO lease_pool VALUES (1, ?)').run(ranges);
    return known !== undefined;
  }
}

/** Reads a journal from a database that cannot be written. Throws if it is not a journal. */
export function readLeases(
  database: DatabaseSync,
  { ranges, boot }: JournalOwner,
): { readonly stored: readonly StoredLease[]; readonly loss: Loss } {
  if (readRanges(database) !== ranges) return { stored: [], loss: 'all' };
  return { stored: readAll(database), loss: isCutOff(database, boot) ? 'newest' : readLoss(database) };
}

/** Whether the machine went down while the journal was open: the last writes may never have reached the disk. */
function isCutOff(database: DatabaseSync, boot: string): boolean {
  const writtenIn = database.prepare('SELECT boot FROM lease_boot').get()?.boot;
  return writtenIn !== undefined && writtenIn !== boot;
}

/** Adds the alias columns, which files of earlier versions lack. */
function addAliases(database: DatabaseSync): void {
  const columns = database.prepare("SELECT name FROM pragma_table_info('lease')").all();
  if (columns.some(({ name }) => name === 'aliases4')) return;
  database.exec("ALTER TABLE lease ADD COLUMN aliases4 TEXT NOT NULL DEFAULT ''");
  database.exec("ALTER TABLE lease ADD COLUMN aliases6 TEXT NOT NULL DEFAULT ''");
}

function readLoss(database: DatabaseSync): Loss {
  const loss = database.prepare('SELECT loss FROM lease_loss').get()?.loss;
  if (loss === undefined) return 'none';
  return loss === 'all' ? 'all' : 'newest';
}

function readRanges(database: DatabaseSync): string | undefined {
  const row = database.prepare('SELECT ranges FROM lease_pool').get();
  return row === undefined ? undefined : String(row.ranges);
}

function readAll(database: DatabaseSync): StoredLease[] {
  return database.prepare('SELECT * FROM lease').all().map(readRow);
}
