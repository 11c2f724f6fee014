/**
 * A country database in MaxMind's format (MMDB 2.0), as published by GeoLite2, DB-IP Lite, IPinfo and ip-location-db. Their
 * records differ; only country and continent are read.
 */
import { Buffer } from 'node:buffer';
import { Reader } from 'mmdb-lib';
import { type Address, familyOf, formatAddress } from '../wire/address.ts';
import { type Continent, continentOf, isContinent } from './continents.ts';

/** What a database says of an address; either part may be missing there. */
export interface GeoRecord {
  /** ISO 3166-1 alpha-2. */
  readonly country: string | undefined;
  readonly continent: Continent | undefined;
}

/** A file that is no MMDB, or a damaged one. */
export class GeoDatabaseError extends Error {
  override readonly name = 'GeoDatabaseError';
}

/** Between the search tree and the data, all zero (MMDB specification 2.0, "Data Section Separator"). */
const SEPARATOR_BYTES = 16;
/** Records kept decoded: a country database has some hundreds, one of cities more than is worth keeping. */
const MOST_CACHED = 4096;

export class GeoDatabase {
  readonly #reader: Reader<object>;
  readonly #knowsIpv6: boolean;

  /** Reads in place: `bytes` may be shared between threads and must not change. Throws GeoDatabaseError. */
  constructor(bytes: ArrayBufferLike) {
    this.#reader = openReader(Buffer.from(bytes));
    this.#knowsIpv6 = this.#reader.metadata.ipVersion === 6;
    this.#tryAll();
  }

  /** Undefined for an address the database does not know. */
  lookup(address: Address): GeoRecord | undefined {
    try {
      return this.#find(address);
    } catch {
      // Only where the file is damaged; then this address is one that nobody knows.
      return undefined;
    }
  }

  #find(address: Address): GeoRecord | undefined {
    if (familyOf(address) === 6 && !this.#knowsIpv6) return undefined;
    return readRecord(this.#reader.get(formatAddress(address)));
  }

  /** One look-up in each /8 and each /16 of 2000::/3 finds a damaged tree or data section now rather than later. */
  #tryAll(): void {
    try {
      for (let first = 0; first < 256; first++) this.#find(Uint8Array.of(first, 0, 0, 1));
      for (let second = 0; second < 256; second++)
        this.#find(Uint8Array.of(0x20, second, ...new Uint8Array(14)));
    } catch (error) {
      throw new GeoDatabaseError(`Cannot read as MMDB: ${messageOf(error)}`, { cause: error });
    }
  }
}

function openReader(bytes: Buffer): Reader<object> {
  const reader = makeReader(bytes);
  const { binaryFormatMajorVersion: version, ipVersion, nodeCount, searchTreeSize } = reader.metadata;
  if (version !== 2) throw new GeoDatabaseError(`Cannot read as MMDB: format version ${version}, not 2`);
  if (ipVersion !== 4 && ipVersion !== 6)
    throw new GeoDatabaseError(`Cannot read as MMDB: its IP version is ${ipVersion}, neither 4 nor 6`);
  const needed = searchTreeSize + SEPARATOR_BYTES;
  if (!Number.isInteger(nodeCount) || nodeCount < 1 || needed > bytes.length)
    throw new GeoDatabaseError(
      `Cannot read as MMDB: ${bytes.length} bytes do not hold a tree of ${nodeCount} nodes`,
    );
  if (bytes.subarray(searchTreeSize, needed).some((byte) => byte !== 0))
    throw new GeoDatabaseError('Cannot read as MMDB: its tree does not end where the metadata says');
  return reader;
}

function makeReader(bytes: Buffer): Reader<object> {
  const cache = new Map<number | string, unknown>();
  try {
    return new Reader<object>(bytes, {
      cache: {
        get: (offset) => cache.get(offset),
        set: (offset, record) => {
          if (cache.size < MOST_CACHED) cache.set(offset, record);
        },
      },
    });
  } catch (error) {
    throw new GeoDatabaseError(`Cannot read as MMDB: ${messageOf(error)}`, { cause: error });
  }
}

/** MaxMind and DB-IP nest (`country.iso_code`), IPinfo and ip-location-db do not (`country_code`, `country`). */
function readRecord(record: unknown): GeoRecord | undefined {
  const codes = [
    read(read(record, 'country'), 'iso_code'),
    read(record, 'country_code'),
    read(record, 'country'),
    // All that MaxMind knows of networks without a place, such as those of satellites.
    read(read(record, 'registered_country'), 'iso_code'),
  ];
  const country = codes.find((code) => typeof code === 'string' && continentOf(code) !== undefined);
  if (typeof country === 'string') return { country, continent: continentOf(country) };
  const given = [read(read(record, 'continent'), 'code'), read(record, 'continent_code')];
  const continent = given.find(isContinent);
  return continent === undefined ? undefined : { country: undefined, continent };
}

function read(record: unknown, key: string): unknown {
  return typeof record === 'object' && record !== null && Object.hasOwn(record, key)
    ? Reflect.get(record, key)
    : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
