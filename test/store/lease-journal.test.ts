import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import { LeaseJournal, type Loss, readLeases } from '../../src/store/lease-journal.ts';
import type { StoredLease } from '../../src/store/lease-row.ts';
import { addressBytes } from '../support/address-text.ts';

const LEASE: StoredLease = {
  slot: 4242,
  hostname: 'bank.example.com',
  ipv6: addressBytes('2606:4700:cf1:4000::42'),
  real4: [addressBytes('192.0.2.198'), addressBytes('192.0.2.199')],
  real6: [addressBytes('2001:db8:2::198')],
  aliases4: ['cdn.example.net', 'edge.example.org'],
  aliases6: ['cdn.example.net'],
  resting: false,
};

let database: DatabaseSync;
beforeEach(() => {
  database = new DatabaseSync(':memory:');
});

/** Of the pool with these ranges, in one boot of the machine. */
function open(ranges: string, loss: Loss = 'none', boot = 'first'): LeaseJournal {
  return new LeaseJournal(database, { ranges, boot }, loss);
}

function plain(leases: readonly StoredLease[]) {
  return leases.map((lease) =>
    JSON.parse(JSON.stringify(lease, (_, value) => (value instanceof Uint8Array ? [...value] : value))),
  );
}

describe('LeaseJournal', () => {
  test('gives back what was put (S8)', () => {
    const bare: StoredLease = {
      slot: 1,
      hostname: 'a.example',
      ipv6: undefined,
      real4: [],
      real6: [],
      aliases4: [],
      aliases6: [],
      resting: true,
    };
    const journal = open('one');
    journal.put(LEASE);
    journal.put(bare);
    const loaded = open('one').load();
    expect(plain(loaded.toSorted((a, b) => b.slot - a.slot))).toEqual(plain([LEASE, bare]));
  });

  test('keeps one meaning a slot', () => {
    const journal = open('one');
    journal.put(LEASE);
    journal.put({ ...LEASE, resting: true });
    expect(journal.load()).toHaveLength(1);
    expect(journal.load()[0]?.resting).toBe(true);
  });

  test('forgets a slot that was freed', () => {
    const journal = open('one');
    journal.put(LEASE);
    journal.remove(LEASE.slot);
    expect(journal.load()).toEqual([]);
  });

  test('forgets everything when the ranges are others', () => {
    open('one').put(LEASE);
    expect(open('other').load()).toEqual([]);
    expect(open('one').load()).toEqual([]);
  });

  test('takes over a file of a version that knew no aliases', () => {
    database.exec(`
      CREATE TABLE lease_pool (id INTEGER PRIMARY KEY CHECK (id = 1), ranges TEXT NOT NULL) STRICT;
      CREATE TABLE lease (slot INTEGER PRIMARY KEY, hostname TEXT NOT NULL, ipv6 BLOB, real4 BLOB NOT NULL,
        real6 BLOB NOT NULL, resting INTEGER NOT NULL) STRICT;
      INSERT INTO lease_pool VALUES (1, 'one');
      INSERT INTO lease VALUES (7, 'old.example', NULL, x'', x'', 0);`);
    const journal = open('one');
    journal.put(LEASE);
    expect(plain(journal.load())).toMatchObject([{ slot: 7, aliases4: [] }, plain([LEASE])[0]]);
  });

  test('knows that something was lost until it is told that this is over (FL-31)', () => {
    expect(open('one').loss).toBe('none');
    expect(open('one', 'newest').loss).toBe('newest');
    const journal = open('one');
    expect(journal.loss).toBe('newest');
    journal.forgetLoss();
    expect(open('one').loss).toBe('none');
    expect(open('other').loss).toBe('all');
  });

  test('knows that the machine went down while it was open: the last that was written may be missing (S8)', () => {
    open('one').put(LEASE);
    expect(open('one').loss).toBe('none');
    expect(readLeases(database, { ranges: 'one', boot: 'second' }).loss).toBe('newest');
    const after = open('one', 'none', 'second');
    expect([after.loss, after.load().length]).toEqual(['all', 1]);
    // What was leased since, spare slots among it, may be missing as well.
    expect(open('one', 'none', 'third').loss).toBe('newest');
  });

  test('has lost nothing when it was closed before the machine went down', () => {
    const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'syngate-journal-')), 'state.db');
    database = new DatabaseSync(file);
    const journal = open('one');
    journal.put(LEASE);
    journal.close();
    database = new DatabaseSync(file);
    const after = open('one', 'none', 'second');
    expect([after.loss, after.load().length]).toEqual(['none', 1]);
    database.close();
    rmSync(path.dirname(file), { recursive: true });
  });

  test('replaces everything or nothing', () => {
    const journal = open('one');
    journal.put(LEASE);
    const failing = function* () {
      yield { ...LEASE, slot: 7 };
      throw new Error('the pool broke off');
    };
    expect(() => journal.replaceAll(failing())).toThrow('the pool broke off');
    expect(journal.load().map(({ slot }) => slot)).toEqual([4242]);
    journal.replaceAll([{ ...LEASE, slot: 8 }]);
    expect(journal.load().map(({ slot }) => slot)).toEqual([8]);
  });

  test('tells when the database takes nothing', () => {
    const journal = open('one');
    database.exec('PRAGMA query_only = 1');
    expect(() => journal.put(LEASE)).toThrow(/readonly|read-only/i);
  });
});
