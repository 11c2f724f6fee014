/**
 * Reads country databases in MaxMind's format (MMDB 2.0), as published by GeoLite2, DB-IP Lite, IPinfo and ip-location-db. Their
 * records differ; only country and continent are read.
 */
import { Buffer } from 'node:buffer';
import { Reader } from 'mmdb-lib';
import { type Address, familyOf, formatAddress } from '../wire/address.ts';
import { type Continent, continentOf, isContinent } from './continents.ts';

/** The record of an address; either part may be missing. */
interface GeoRecord {
  /** ISO 3166-1 alpha-2. */
  readonly country: string | undefined;
  readonly continent: Continent | undefined;
}

/** The file is not an MMDB file, or it is damaged. */
export class GeoDatabaseError extends Error {
  override readonly name = 'GeoDatabaseError';
}

/** Zero bytes between the search tree and the data (MMDB specification 2.0, "Data Section Separator"). */
const SEPARATOR_BYTES = 16;
/** Maximum decoded records to cache: a country database has a few hundred, a city database too many to cache. */
const MOST_CACHED = 4096;

export class GeoDatabase {
  readonly #reader: Reader<object>;
  readonly #knowsIpv6: boolean;

  /** Reads `bytes` in place: they may be shared between threads and must not change. Throws GeoDatabaseError. */
  constructor(bytes: ArrayBufferLike) {
    this.#reader = openReader(Buffer.from(bytes));
    this.#knowsIpv6 = this.#reader.metadata.ipVersion === 6;
    this.#checkSamples();
  }

  /** Undefined for an address that is not in the database. */
  lookup(address: Address): GeoRecord | undefined {
    try {
      return this.#find(address);
    } catch {
      // Happens only if the file is damaged; the address then counts as unknown.
      return undefined;
    }
  }

  #find(address: Address): GeoRecord | undefined {
    if (familyOf(address) === 6 && !this.#knowsIpv6) return undefined;
    return readRecord(this.#reader.get(formatAddress(address)));
  }

  /** Looks up an address of every /8 and of every /16 in 2000::/8, to detect a damaged file now rather than later. */
  #checkSamples(): void {
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

/** MaxMind and DB-IP nest the code (`country.iso_code`); IPinfo and ip-location-db do not (`country_code`, `country`). */
function readRecord(record: unknown): GeoRecord | undefined {
  const codes = [
    read(read(record, 'country'), 'iso_code'),
    read(record, 'country_code'),
    read(record, 'country'),
    // All that MaxMind has for networks without a location, such as satellite networks.
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
