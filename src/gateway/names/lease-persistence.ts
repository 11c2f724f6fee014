/**
 * Persists leases, and tolerates failures of the disk (FL-31): a failure to write is logged once, and everything is rewritten as
 * soon as the disk works again. Determines how complete the restored leases are, so that after a restart no address stands for
 * another name, whatever happened to the disk.
 */
import type { LeaseJournal, Loss } from '../../store/lease-journal.ts';
import type { StoredLease } from '../../store/lease-row.ts';
import type { RestoredLease } from '../../synthetic/lease-pool-options.ts';
import type { LeaseHistory } from '../../synthetic/slot-supply.ts';
import { slotAddress } from '../../synthetic/synthetic-range.ts';
import type { Prefix } from '../../wire/address.ts';
import { type JournalOptions, openJournal, recallLeases } from './open-lease-journal.ts';

export class LeasePersistence {
  /** The leases of the gateway's previous run. */
  readonly restored: readonly RestoredLease[];
  /** How complete `restored` is. */
  readonly history: LeaseHistory;
  readonly #options: JournalOptions;
  /** Leases that clients may still use but that could not be restored. */
  #loss: Loss;
  /** Undefined until the file can be opened for writing. */
  #journal: LeaseJournal | undefined;
  #isBehind = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    const { journal, stored, loss } = recallLeases(options);
    this.#journal = journal;
    this.#loss = loss;
    this.history = HISTORIES[loss];
    this.restored = stored.map((lease) => restoreLease(lease, options.ipv4));
  }

  /** Whether all leases are persisted. */
  get isKept(): boolean {
    return this.#journal !== undefined && !this.#isBehind;
  }

  /** To be called before the answer that announces the lease is sent; returns whether the lease has been persisted. */
  put(lease: RestoredLease): boolean {
    return this.#write((journal) => journal.put(storeLease(lease)));
  }

  /** Deletes the lease of a slot that has rested; returns false if that failed, so that the slot must not be reused yet. */
  remove(slot: number): boolean {
    return this.#write((journal) => journal.remove(slot));
  }

  /** To be called when the slots of lost leases have rested: the loss then no longer matters. */
  forgetLoss(): void {
    if (this.#loss === 'none') return;
    this.#loss = 'none';
    this.#write((journal) => journal.forgetLoss());
  }

  /** Rewrites everything after a failure of the disk; `leases` returns all leases in memory. */
  catchUp(leases: () => Iterable<RestoredLease>): void {
    if (this.isKept) return;
    this.#journal ??= this.#openAgain();
    try {
      this.#journal?.replaceAll(Array.from(leases(), storeLease), this.#loss);
    } catch {
      // The failure has been logged when it first occurred.
      this.#isBehind = true;
      return;
    }
    this.#isBehind = false;
    if (this.isKept) this.#options.log.info('leases are kept on disk again');
  }

  /** Closes the journal at a clean shutdown; nothing can be written afterwards. */
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

  /** Does not log: the failure to open the file was logged at the start. */
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

/** The real addresses may be outdated: they are used until they have been looked up again, which is due at once. */
function restoreLease(stored: StoredLease, range: Prefix | undefined): RestoredLease {
  const { slot, hostname, ipv6, resting, real4, real6, aliases4, aliases6 } = stored;
  const real = (addresses: StoredLease['real4'], aliases: StoredLease['aliases4']) =>
    addresses.length === 0 ? undefined : { addresses, aliases, refreshAtMs: Number.NEGATIVE_INFINITY };
  const ipv4 = range === undefined ? undefined : slotAddress(range, slot);
  return { slot, hostname, ipv4, ipv6, real4: real(real4, aliases4), real6: real(real6, aliases6), resting };
}
