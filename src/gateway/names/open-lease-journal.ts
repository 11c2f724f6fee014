/** Opens the journal of leases at the start, and reads what can be read of it when the file is damaged or cannot be written. */
import type { Logger } from 'pino';
import { type JournalOwner, LeaseJournal, type Loss, readLeases } from '../../store/lease-journal.ts';
import type { StoredLease } from '../../store/lease-row.ts';
import { hasCutLog, openDatabase, openToRead } from '../../store/open-database.ts';
import { formatPrefix, type Prefix } from '../../wire/address.ts';

export interface JournalOptions {
  readonly file: string;
  /** The synthetic ranges. */
  readonly ipv4: Prefix | undefined;
  readonly ipv6: Prefix | undefined;
  /** Identifies this boot of the machine. */
  readonly boot: string;
  readonly log: Logger;
}

export interface Recollection {
  /** Undefined if the file cannot be written. */
  readonly journal: LeaseJournal | undefined;
  readonly stored: readonly StoredLease[];
  readonly loss: Loss;
}

/** Opens the journal and reads its leases. Never throws: failures are logged. */
export function recallLeases(options: JournalOptions): Recollection {
  try {
    const journal = openJournal(options);
    return { journal, stored: journal.load(), loss: journal.loss };
  } catch (error) {
    options.log.error(error, `leases cannot be kept on disk: cannot open ${options.file}`);
    return { journal: undefined, ...recallWithoutWriting(options) };
  }
}

/** Throws if the file cannot be written. */
export function openJournal(options: JournalOptions): LeaseJournal {
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
 * On a full or read-only disk, names still keep their addresses. If the gateway last ran under such conditions, names may have
 * got spare addresses that were never written: so after a loss of any kind, no slot is known to be unused.
 */
function recallWithoutWriting(options: JournalOptions): Omit<Recollection, 'journal'> {
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

function ownerOf({ ipv4, ipv6, boot }: JournalOptions): JournalOwner {
  const ranges = [ipv4, ipv6].map((range) => (range === undefined ? '-' : formatPrefix(range)));
  return { ranges: ranges.join(' '), boot };
}
