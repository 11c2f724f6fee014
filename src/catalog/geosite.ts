/**
 * Reads one list of a `geosite.dat` (v2fly/domain-list-community; `GeoSiteList` of v2ray-core's routercommon/common.proto). The
 * file has many lists, each of domains, exact names, keywords and regular expressions.
 */
import { RRegex } from 'rregex';
import type { ParsedDomains } from './domain-list.ts';
import { countEntries, type DomainEntries, emptyEntries, MOST_NAMES } from './domain-set.ts';
import { DomainSourceError, quoteEntry } from './domain-source-error.ts';
import { parseHostname } from './hostname.ts';
import { ProtobufError, readFields } from './protobuf-reader.ts';

const LIST_ENTRY = 1;
const SITE = { countryCode: 1, domain: 2, code: 4 } as const;
const DOMAIN = { type: 1, value: 2, attribute: 3 } as const;
const ATTRIBUTE_KEY = 1;
const TYPE = { keyword: 0, regex: 1, below: 2, exact: 3 } as const;

/** Regular expressions are matched against every queried name, so both their length and their number are limited. */
const MOST_PATTERNS = 2000;
const LONGEST_PATTERN = 1000;

/**
 * `list` is the code of a list in any letter case, such as `category-ads-all`. With an attribute, such as `google@ads`, only
 * entries with that attribute are read. Throws DomainSourceError.
 */
export function parseGeosite(file: Uint8Array, list: string): ParsedDomains {
  try {
    const [code = '', attribute] = list.toLowerCase().split('@');
    const domains = findList(file, code);
    return readDomains(domains, attribute, list);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw new DomainSourceError(`Cannot read as geosite.dat: ${error.message}`);
  }
}

/** The encoded `domain` fields of the list. */
function findList(file: Uint8Array, code: string): Uint8Array[] {
  let count = 0;
  for (const { number, bytes } of readFields(file)) {
    if (number !== LIST_ENTRY) throw new ProtobufError(`field ${number} is no list`);
    count++;
    if (codeOf(bytes) === code)
      return [...readFields(bytes)]
        .filter((field) => field.number === SITE.domain)
        .map((field) => field.bytes);
  }
  throw new DomainSourceError(
    `Cannot find the list ${quoteEntry(code)}: it is none of the ${count} of the file`,
  );
}

/** The code is written before the domains, so that the domains of other lists need not be parsed. */
function codeOf(site: Uint8Array): string {
  for (const { number, bytes } of readFields(site))
    if (number === SITE.countryCode || number === SITE.code) return decode(bytes).toLowerCase();
  return '';
}

function readDomains(
  domains: readonly Uint8Array[],
  attribute: string | undefined,
  list: string,
): ParsedDomains {
  if (domains.length > MOST_NAMES)
    throw new DomainSourceError(`Cannot use the list: more than ${MOST_NAMES} names`);
  const entries = emptyEntries();
  const invalid: string[] = [];
  for (const bytes of domains) {
    const { type, value, attributes } = readDomain(bytes);
    if (attribute !== undefined && !attributes.includes(attribute)) continue;
    if (!addEntry(entries, type, value)) invalid.push(value);
  }
  if (invalid.length === 0 && countEntries(entries) === 0)
    throw new DomainSourceError(`Cannot use the list ${quoteEntry(list)}: nothing is in it`);
  if (invalid.length === 0) return { entries, warnings: [] };
  return {
    entries,
    warnings: [`entries left out: ${invalid.length}, the first is ${quoteEntry(invalid[0] ?? '')}`],
  };
}

function readDomain(bytes: Uint8Array) {
  let type = 0;
  let value = '';
  const attributes: string[] = [];
  for (const field of readFields(bytes)) {
    if (field.number === DOMAIN.type) type = field.value;
    if (field.number === DOMAIN.value) value = decode(field.bytes);
    if (field.number === DOMAIN.attribute) attributes.push(keyOf(field.bytes));
  }
  return { type, value, attributes };
}

function keyOf(attribute: Uint8Array): string {
  for (const { number, bytes } of readFields(attribute))
    if (number === ATTRIBUTE_KEY) return decode(bytes).toLowerCase();
  return '';
}

/** False for an entry that cannot be used. */
function addEntry(entries: DomainEntries, type: number, value: string): boolean {
  if (value === '') return false;
  if (type === TYPE.keyword) return entries.keywords.push(value.toLowerCase()) > 0;
  if (type === TYPE.regex) return addPattern(entries.patterns, value);
  const name = parseHostname(value);
  if (name === undefined || (type !== TYPE.below && type !== TYPE.exact)) return false;
  (type === TYPE.below ? entries.below : entries.exact).add(name);
  return true;
}

/** The lists are written for Go's engine, whose syntax is almost the same as that of Rust's. */
function addPattern(patterns: RRegex[], pattern: string): boolean {
  if (pattern.length > LONGEST_PATTERN || patterns.length >= MOST_PATTERNS) return false;
  try {
    return patterns.push(new RRegex(pattern)) > 0;
  } catch {
    return false;
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
