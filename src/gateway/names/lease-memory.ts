/**
 * Keeps the leases on disk, and the gateway going when the disk does not (FL-31): what could not be written is told once,
 * and everything is written anew as soon as the disk takes it again.
 */
import type { Logger } from 'pino';
import { LeaseJournal, type StoredLease } from '../../store/lease-journal.ts';
import { openDatabase } from '../../store/open-database.ts';
import type { RestoredLease } from '../../synthetic/lease-pool-options.ts';
import { slotAddress } from '../../synthetic/synthetic-range.ts';
import { formatPrefix, type Prefix } from '../../wire/address.ts';

export interface LeaseMemoryOptions {
  readonly file: string;
  readonly ipv4: Prefix | undefined;
  readonly ipv6: Prefix | undefined;
  readonly log: Logger;
}

export class LeaseMemory {
  /** What slots meant when the gateway last ran. */
  readonly restored: readonly RestoredLease[];
  readonly #journal: LeaseJournal | undefined;
  readonly #log: Logger;
  #isBehind = false;

  constructor({ file, ipv4, ipv6, log }: LeaseMemoryOptions) {
    this.#log = log;
    this.#journal = openJournal(file, describeRanges(ipv4, ipv6), log);
    this.restored = (this.#journal?.load() ?? []).map((stored) => restoreLease(stored, ipv4));
  }

  /** Whether everything is on disk. */
  get isKept(): boolean {
    return this.#journal !== undefined && !this.#isBehind;
  }

  /** Before the answer that announces it leaves. */
  put(lease: RestoredLease): void {
    this.#write((journal) => journal.put(storeLease(lease)));
  }

  /** A slot has rested and may mean another name. */
  remove(slot: number): void {
    this.#write((journal) => journal.remove(slot));
  }

  /** Catches up after the disk took nothing for a while; `leases` is everything that is remembered. */
  catchUp(leases: () => Iterable<RestoredLease>): void {
    if (!this.#isBehind || this.#journal === undefined) return;
    const journal = this.#journal;
    this.#isBehind = false;
    this.#write(() => journal.replaceAll(Array.from(leases(), storeLease)));
    if (!this.#isBehind) this.#log.info('leases are kept on disk again');
  }

  #write(write: (journal: LeaseJournal) => void): void {
    if (this.#journal === undefined || this.#isBehind) return;
    try {
      write(this.#journal);
    } catch (error) {
      this.#isBehind = true;
      this.#log.error(error, 'leases cannot be kept on disk: a restart would forget the newest ones');
    }
  }
}

/** Without a store the gateway runs, and says that a restart will forget every lease. */
function openJournal(file: string, ranges: string, log: Logger): LeaseJournal | undefined {
  try {
    const { database, setAside } = openDatabase(file);
    if (setAside !== undefined)
      log.error({ file, setAside }, 'the store was damaged and is put aside: leases are forgotten');
    return new LeaseJournal(database, ranges);
  } catch (error) {
    log.error(error, `leases are not kept: cannot open ${file}`);
    return undefined;
  }
}

function describeRanges(...ranges: readonly (Prefix | undefined)[]): string {
  return ranges.map((range) => (range === undefined ? '-' : formatPrefix(range))).join(' ');
}

function storeLease({ slot, hostname, ipv6, real4, real6, resting }: RestoredLease): StoredLease {
  return { slot, hostname, ipv6, real4: real4?.addresses ?? [], real6: real6?.addresses ?? [], resting };
}

/** The real addresses are as old as the gateway was away: they serve until the name is asked for again. */
function restoreLease(stored: StoredLease, range: Prefix | undefined): RestoredLease {
  const { slot, hostname, ipv6, resting } = stored;
  const real = (addresses: StoredLease['real4']) =>
    addresses.length === 0 ? undefined : { addresses, refreshAtMs: Number.NEGATIVE_INFINITY };
  const ipv4 = range === undefined ? undefined : slotAddress(range, slot);
  return { slot, hostname, ipv4, ipv6, real4: real(stored.real4), real6: real(stored.real6), resting };
}
