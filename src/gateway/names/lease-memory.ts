/**
 * Persists the leases, and keeps the gateway going when the disk fails (FL-31): a failure to write is logged once, and
 * everything is rewritten as soon as the disk works again. Says how complete the restored leases are, so that no address
 * means another name after a restart, whatever happened to the disk.
 */
import type { Logger } from 'pino';
import { type JournalOwner, LeaseJournal, type Loss, readLeases } from '../../store/lease-journal.ts';
import type { StoredLease } from '../../store/lease-row.ts';
import { hasCutLog, openDatabase, openToRead } from '../../store/open-database.ts';
import type { RestoredLease } from '../../synthetic/lease-pool-options.ts';
import type { LeaseHistory } from '../../synthetic/slot-supply.ts';
import { slotAddress } from '../../synthetic/synthetic-range.ts';
import { formatPrefix, type Prefix } from '../../wire/address.ts';

export interface LeaseMemoryOptions {
  readonly file: string;
  readonly ipv4: Prefix | undefined;
  readonly ipv6: Prefix | undefined;
  /** Identifies this boot of the machine. */
  readonly boot: string;
  readonly log: Logger;
}

export class LeaseMemory {
  /** What slots meant when the gateway last ran. */
  readonly restored: readonly RestoredLease[];
  /** How complete `restored` is. */
  readonly history: LeaseHistory;
  readonly #options: LeaseMemoryOptions;
  /** Leases that clients may still use and that are missing here. */
  #loss: Loss;
  /** Undefined until the file can be opened for writing. */
  #journal: LeaseJournal | undefined;
  #isBehind = false;

  constructor(options: LeaseMemoryOptions) {
    this.#options = options;
    const { journal, stored, loss } = recall(options);
    this.#journal = journal;
    this.#loss = loss;
    this.history = HISTORIES[loss];
    this.restored = stored.map((lease) => restoreLease(lease, options.ipv4));
  }

  /** Whether all leases are on disk. */
  get isKept(): boolean {
    return this.#journal !== undefined && !this.#isBehind;
  }

  /** Call before the answer that announces the lease is sent; returns whether the lease is on disk. */
  put(lease: RestoredLease): boolean {
    return this.#write((journal) => journal.put(storeLease(lease)));
  }

  /** A slot has rested; returns whether it may mean another name, because the old one is deleted on disk. */
  remove(slot: number): boolean {
    return this.#write((journal) => journal.remove(slot));
  }

  /** The slots of forgotten leases have rested: from now on they are no loss. */
  forgetLoss(): void {
    if (this.#loss === 'none') return;
    this.#loss = 'none';
    this.#write((journal) => journal.forgetLoss());
  }

  /** Catches up after the disk could not be written for a while; `leases` returns all leases in memory. */
  catchUp(leases: () => Iterable<RestoredLease>): void {
    if (this.isKept) return;
    this.#journal ??= this.#openAgain();
    try {
      this.#journal?.replaceAll(Array.from(leases(), storeLease), this.#loss);
    } catch {
      // That it takes nothing was told when it began.
      this.#isBehind = true;
      return;
    }
    this.#isBehind = false;
    if (this.isKept) this.#options.log.info('leases are kept on disk again');
  }

  /** Call at a clean end: what has been written survives a power cut, and nothing can be put any more. */
  close(): void {
    this.#write((journal) => journal.close());
    this.#journal = undefined;
  }

  #write(write: (journal: LeaseJournal) => void): boolean {
    if (this.#journal === undefined || this.#isBehind) return false;
    try {
      write(this.#journal);
      return true;
    } catch (error) {
      this.#isBehind = true;
      this.#options.log.error(
        error,
        'leases cannot be kept on disk: until they can, new names get spare addresses',
      );
      return false;
    }
  }

  /** Quietly: that the file cannot be opened was told at the start. */
  #openAgain(): LeaseJournal | undefined {
    try {
      return openJournal(this.#options);
    } catch {
      return undefined;
    }
  }
}

const HISTORIES: Readonly<Record<Loss, LeaseHistory>> = {
  none: 'persisted',
  all: 'lost',
  newest: 'uncertain',
};

interface Recollection {
  readonly journal: LeaseJournal | undefined;
  readonly stored: readonly StoredLease[];
  readonly loss: Loss;
}

function recall(options: LeaseMemoryOptions): Recollection {
  try {
    const journal = openJournal(options);
    return { journal, stored: journal.load(), loss: journal.loss };
  } catch (error) {
    options.log.error(error, `leases cannot be kept on disk: cannot open ${options.file}`);
    return { journal: undefined, ...recallWithoutWriting(options) };
  }
}

/** Throws when the file cannot be written to. */
function openJournal(options: LeaseMemoryOptions): LeaseJournal {
  const { file, log } = options;
  const { database, setAside, isLogCut } = openDatabase(file);
  if (setAside !== undefined)
    log.error({ file, setAside }, 'the store was damaged and is put aside: leases are forgotten');
  else if (isLogCut) log.error({ file }, 'the store was cut short: the newest leases may be forgotten');
  const loss = isLogCut ? 'newest' : setAside === undefined ? 'none' : 'all';
  try {
    const journal = new LeaseJournal(database, ownerOf(options), loss);
    if (loss === 'none' && journal.loss !== 'none')
      log.warn({ file }, 'leases may be missing: what is not remembered rests for ten minutes');
    return journal;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * On a full or read-only disk names still keep their addresses. If the gateway last ran like this, names may have got spare
 * addresses that were never written: so with a loss of any kind, no slot is known to be unused.
 */
function recallWithoutWriting(options: LeaseMemoryOptions): Omit<Recollection, 'journal'> {
  const { file, log } = options;
  try {
    const isLogCut = hasCutLog(file);
    const database = openToRead(file);
    try {
      const { stored, loss } = readLeases(database, ownerOf(options));
      return { stored, loss: isLogCut || loss !== 'none' ? 'newest' : 'none' };
    } finally {
      database.close();
    }
  } catch (error) {
    log.error(error, `leases are forgotten: cannot read ${file}`);
    return { stored: [], loss: 'newest' };
  }
}

function ownerOf({ ipv4, ipv6, boot }: LeaseMemoryOptions): JournalOwner {
  const ranges = [ipv4, ipv6].map((range) => (range === undefined ? '-' : formatPrefix(range)));
  return { ranges: ranges.join(' '), boot };
}

function storeLease({ slot, hostname, ipv6, real4, real6, resting }: RestoredLease): StoredLease {
  return {
    slot,
    hostname,
    ipv6,
    real4: real4?.addresses ?? [],
    real6: real6?.addresses ?? [],
    aliases4: real4?.aliases ?? [],
    aliases6: real6?.aliases ?? [],
    resting,
  };
}

/** The real addresses are outdated by the gateway's downtime: they serve until the name is asked for again. */
function restoreLease(stored: StoredLease, range: Prefix | undefined): RestoredLease {
  const { slot, hostname, ipv6, resting, real4, real6, aliases4, aliases6 } = stored;
  const real = (addresses: StoredLease['real4'], aliases: StoredLease['aliases4']) =>
    addresses.length === 0 ? undefined : { addresses, aliases, refreshAtMs: Number.NEGATIVE_INFINITY };
  const ipv4 = range === undefined ? undefined : slotAddress(range, slot);
  return { slot, hostname, ipv4, ipv6, real4: real(real4, aliases4), real6: real(real6, aliases6), resting };
}
