/**
 * Leases on disk: what each synthetic address means or meant, written before the answer that announces it is sent, so that
 * after a crash no address means another name (row S8). Address columns are blobs of 4 or 16 bytes per address.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Address } from '../wire/address.ts';

export interface StoredLease {
  readonly slot: number;
  readonly hostname: string;
  readonly ipv6: Address | undefined;
  readonly real4: readonly Address[];
  readonly real6: readonly Address[];
  /** CNAME targets on the path to each family's addresses, none with a space in it. */
  readonly aliases4: readonly string[];
  readonly aliases6: readonly string[];
  /** The address no longer means the name, but rests before it may mean another. */
  readonly resting: boolean;
}

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
  -- A row here: leases were lost, and what they meant has not rested since.
  CREATE TABLE IF NOT EXISTS lease_loss (id INTEGER PRIMARY KEY CHECK (id = 1), loss TEXT NOT NULL) STRICT;
  -- A row here: leases were written since the machine was booted so, and nobody has closed the journal.
  CREATE TABLE IF NOT EXISTS lease_boot (id INTEGER PRIMARY KEY CHECK (id = 1), boot TEXT NOT NULL) STRICT;
`;

/**
 * What the journal lacks:
 * - `none`: nothing.
 * - `all`: earlier leases, all or an unknown part of them.
 * - `newest`: those, and perhaps also leases that could not be written.
 */
export type Loss = 'none' | 'all' | 'newest';

export interface JournalOwner {
  /** Identifies the pool: leases written for other ranges are discarded, since their slots mean other addresses here. */
  readonly ranges: string;
  /** Identifies this boot of the machine. */
  readonly boot: string;
}

export class LeaseJournal {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  /** `loss` is what the file is already known to have lost. Throws if the file cannot be written. */
  constructor(database: DatabaseSync, { ranges, boot }: JournalOwner, loss: Loss = 'none') {
    this.#database = database;
    // The boot that wrote the file must be known after a power cut, too.
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
  put({ slot, hostname, ipv6, real4, real6, aliases4, aliases6, resting }: StoredLease): void {
    const addresses = [ipv6 ?? null, joinAddresses(real4), joinAddresses(real6)];
    this.#put.run(slot, hostname, ...addresses, resting ? 1 : 0, aliases4.join(' '), aliases6.join(' '));
  }

  /** The slot may mean another name from now on. Throws if the file cannot be written. */
  remove(slot: number): void {
    this.#remove.run(slot);
  }

  /** Which leases are lost whose slots have not rested since. */
  get loss(): Loss {
    return readLoss(this.#database);
  }

  /** Call when the slots of lost leases have rested. Throws if the file cannot be written. */
  forgetLoss(): void {
    this.#database.exec('DELETE FROM lease_loss');
  }

  /** Rewrites everything in one transaction. Throws if the file cannot be written. */
  replaceAll(leases: Iterable<StoredLease>, loss: Loss = 'none'): void {
    this.#transact(() => {
      this.#database.exec('DELETE FROM lease; DELETE FROM lease_loss;');
      this.#markLoss(loss);
      for (const lease of leases) this.put(lease);
    });
  }

  /** Call when everything is written and nothing more will be. Throws if the file cannot be written. */
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

  /** Of two losses, the one about which less is known counts. */
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

/** Reads a journal that cannot be written to. Throws if it is not a journal. */
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

function readRow(row: Record<string, unknown>): StoredLease {
  return {
    slot: Number(row.slot),
    hostname: String(row.hostname),
    ipv6: row.ipv6 instanceof Uint8Array ? row.ipv6 : undefined,
    real4: splitAddresses(row.real4, 4),
    real6: splitAddresses(row.real6, 16),
    aliases4: splitNames(row.aliases4),
    aliases6: splitNames(row.aliases6),
    resting: row.resting === 1,
  };
}

function splitNames(text: unknown): string[] {
  return typeof text === 'string' && text !== '' ? text.split(' ') : [];
}

function joinAddresses(addresses: readonly Address[]): Uint8Array {
  return Buffer.concat(addresses);
}

function splitAddresses(blob: unknown, bytes: number): Address[] {
  if (!(blob instanceof Uint8Array)) return [];
  return Array.from({ length: Math.floor(blob.length / bytes) }, (_, at) =>
    blob.slice(at * bytes, (at + 1) * bytes),
  );
}
