/** Locates addresses: by a country database, overridden by a list of Tor exits. */
import { type Address, formatAddress } from '../wire/address.ts';
import type { Continent } from './continents.ts';
import { GeoDatabase } from './geo-database.ts';

export interface GeoLocation {
  /** ISO 3166-1 alpha-2, or T1 for Tor; undefined if only the continent is known. */
  readonly country: string | undefined;
  readonly continent: Continent | 'T1' | undefined;
}

/** The data for another thread; the database is shared, not copied. */
export interface GeoSnapshot {
  readonly database: SharedArrayBuffer;
  /** In canonical form. */
  readonly torExits: readonly string[];
}

/** The management API's code for the Tor network (docs/policy.md). */
const TOR: GeoLocation = { country: 'T1', continent: 'T1' };

export class Geolocation {
  readonly #database: GeoDatabase;
  readonly #torExits: ReadonlySet<string>;

  /** Throws GeoDatabaseError. */
  constructor({ database, torExits }: GeoSnapshot) {
    this.#database = new GeoDatabase(database);
    this.#torExits = new Set(torExits);
  }

  /** Undefined for an address without a location, such as a private one. */
  lookup(address: Address): GeoLocation | undefined {
    if (this.#torExits.size > 0 && this.#torExits.has(formatAddress(address))) return TOR;
    return this.#database.lookup(address);
  }
}
