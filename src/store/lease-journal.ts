/**
 * Leases on disk: what each synthetic address means or meant, written before the answer that announces it leaves, so that
 * after a crash no address means another name (row S8). Addresses are blobs of 4 or 16 bytes, several after each other.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Address } from '../wire/address.ts';

export interface StoredLease {
  readonly slot: number;
  readonly hostname: string;
  readonly ipv6: Address | undefined;
  readonly real4: readonly Address[];
  readonly real6: readonly Address[];
  /** The address means the name no more, but rests before it may mean another. */
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
    resting INTEGER NOT NULL
  ) STRICT;
`;

export class LeaseJournal {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  /** `ranges` names the pool: what was written for other ranges is forgotten, since its addresses mean nothing here. */
  constructor(database: DatabaseSync, ranges: string) {
    this.#database = database;
    database.exec(SCHEMA);
    this.#forgetOtherRanges(ranges);
    this.#put = database.prepare('INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?, ?, ?)');
    this.#remove = database.prepare('DELETE FROM lease WHERE slot = ?');
  }

  load(): StoredLease[] {
    return this.#database.prepare('SELECT * FROM lease').all().map(readRow);
  }

  /** Throws when the disk takes nothing. */
  put({ slot, hostname, ipv6, real4, real6, resting }: StoredLease): void {
    this.#put.run(slot, hostname, ipv6 ?? null, joinAddresses(real4), joinAddresses(real6), resting ? 1 : 0);
  }

  /** The slot may mean another name from now on. Throws when the disk takes nothing. */
  remove(slot: number): void {
    this.#remove.run(slot);
  }

  /** Writes everything anew, all or nothing. Throws when the disk takes nothing. */
  replaceAll(leases: Iterable<StoredLease>): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      this.#database.exec('DELETE FROM lease');
      for (const lease of leases) this.put(lease);
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #forgetOtherRanges(ranges: string): void {
    const known = this.#database.prepare('SELECT ranges FROM lease_pool').get();
    if (known?.ranges === ranges) return;
    if (known !== undefined) this.#database.exec('DELETE FROM lease');
    this.#database.prepare('INSERT OR REPLACE INTO lease_pool VALUES (1, ?)').run(ranges);
  }
}

function readRow(row: Record<string, unknown>): StoredLease {
  return {
    slot: Number(row.slot),
    hostname: String(row.hostname),
    ipv6: row.ipv6 instanceof Uint8Array ? row.ipv6 : undefined,
    real4: splitAddresses(row.real4, 4),
    real6: splitAddresses(row.real6, 16),
    resting: row.resting === 1,
  };
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
