/**
 * Keeps the gateway's geolocation data: the country database and the Tor exits that the configuration names, reloaded when
 * the files change. The database's bytes are shared with the workers.
 */
import { unwatchFile, watchFile } from 'node:fs';
import { BUILT_IN_GEO_DATABASE } from '../../catalog/built-in-geo.ts';
import { GeoDatabaseError } from '../../catalog/geo-database.ts';
import { Geolocation, type GeoSnapshot } from '../../catalog/geolocation.ts';
import { parseTorExits, TorExitsError } from '../../catalog/tor-exits.ts';
import { ConfigError, type ConfigProblem } from '../../report/errors.ts';
import type { GeolocationConfig } from '../config/config.ts';
import { readLimited } from '../config/read-limited.ts';
import { LastGood } from './last-good.ts';

/** GeoLite2 City has some 70 MB, paid databases several times as much. */
const MOST_DATABASE_BYTES = 1024 * 1024 * 1024;
const MOST_EXIT_BYTES = 16 * 1024 * 1024;
const WATCH_MS = 5_000;

/** Called after a file has changed; `problems` are the reasons why its last good copy stays in use, if it does. */
export type GeoListener = (problems: readonly ConfigProblem[]) => void;

export class GeolocationFiles {
  geolocation: Geolocation;
  snapshot: GeoSnapshot;
  readonly #databases = new LastGood<SharedArrayBuffer>();
  readonly #exits = new LastGood<readonly string[]>();
  readonly #watchMs: number;
  #listener: GeoListener | undefined;
  #config: GeolocationConfig;
  #watched: readonly string[] = [];

  /** Throws ConfigError if a file cannot be used. */
  constructor(config: GeolocationConfig, watchMs = WATCH_MS) {
    this.#watchMs = watchMs;
    this.#config = config;
    const { snapshot } = this.#read();
    this.snapshot = snapshot;
    this.geolocation = new Geolocation(snapshot);
  }

  /**
   * Reads files that have changed. Returns the problems of files whose last good copy stays in use; throws ConfigError if a
   * file without one cannot be used.
   */
  load(config: GeolocationConfig): readonly ConfigProblem[] {
    const previous = this.#config;
    this.#config = config;
    try {
      return this.#refresh();
    } catch (error) {
      this.#config = previous;
      throw error;
    } finally {
      if (this.#listener !== undefined) this.watch(this.#listener);
    }
  }

  /** The number of files that are invalid now, so that an older copy is in use. */
  get stale(): number {
    return this.#databases.stale + this.#exits.stale;
  }

  /** Polls the files for changes from now on, until `stop`. */
  watch(listener: GeoListener): void {
    this.stop();
    this.#listener = listener;
    const { database, torExits } = this.#config;
    this.#watched = [database, torExits].filter((file) => file !== undefined);
    for (const file of this.#watched)
      watchFile(file, { interval: this.#watchMs, persistent: false }, this.#onWatch);
  }

  stop(): void {
    for (const file of this.#watched) unwatchFile(file, this.#onWatch);
    this.#watched = [];
    this.#listener = undefined;
  }

  readonly #onWatch = (): void => {
    const { snapshot } = this;
    const problems = this.#refresh();
    if (problems.length > 0 || this.snapshot !== snapshot) this.#listener?.(problems);
  };

  /** The snapshot stays the same object while nothing has changed. */
  #refresh(): readonly ConfigProblem[] {
    const { snapshot, problems } = this.#read();
    this.#databases.forgetUnused();
    this.#exits.forgetUnused();
    const isSame =
      snapshot.database === this.snapshot.database && snapshot.torExits === this.snapshot.torExits;
    if (!isSame) {
      this.geolocation = new Geolocation(snapshot);
      this.snapshot = snapshot;
    }
    return problems;
  }

  #read(): { snapshot: GeoSnapshot; problems: readonly ConfigProblem[] } {
    const file = this.#config.database ?? BUILT_IN_GEO_DATABASE;
    const { torExits } = this.#config;
    const database = this.#databases.load(file, file, () => readDatabase(file));
    const exits =
      torExits === undefined ? NO_EXITS : this.#exits.load(torExits, torExits, () => readExits(torExits));
    return {
      snapshot: { database: database.value, torExits: exits.value },
      problems: [...database.problems, ...exits.problems],
    };
  }
}

const NO_EXITS = { value: [], problems: [] } as const;

function readDatabase(file: string): SharedArrayBuffer {
  const bytes = readLimited(file, MOST_DATABASE_BYTES);
  const database = new SharedArrayBuffer(bytes.length);
  new Uint8Array(database).set(bytes);
  try {
    new Geolocation({ database, torExits: [] });
    return database;
  } catch (error) {
    if (!(error instanceof GeoDatabaseError)) throw error;
    throw new ConfigError([{ file, field: '', message: error.message }], { cause: error });
  }
}

function readExits(file: string): readonly string[] {
  const text = readLimited(file, MOST_EXIT_BYTES).toString('utf8');
  try {
    return parseTorExits(text);
  } catch (error) {
    if (!(error instanceof TorExitsError)) throw error;
    const position = { line: error.line, column: 1 };
    throw new ConfigError([{ file, position, field: '', message: error.message }], { cause: error });
  }
}
