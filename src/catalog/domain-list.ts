/**
 * Parses lists of names in text form: plain lists with a name per line, and hosts files (`0.0.0.0 ads.example.com`). Invalid
 * lines, which occur in third-party lists, are skipped and counted; a file in which they prevail is refused.
 */
import { parseAddress } from '../wire/address.ts';
import { type DomainEntries, emptyEntries, MOST_NAMES } from './domain-set.ts';
import { DomainSourceError, quoteEntry } from './domain-source-error.ts';
import { parseHostname } from './hostname.ts';

/** A dotted quad, in range or not, is not a hostname. */
const IPV4_LIKE = /^[\d.]+$/;
const MOST_REMEMBERED = 1000;

export interface ParsedDomains {
  readonly entries: DomainEntries;
  /** Describes what was left out. */
  readonly warnings: readonly string[];
}

/** One name per line, which includes all names below it, with or without a leading `*.` or `.`. Throws DomainSourceError. */
export function parseDomainList(text: string): ParsedDomains {
  const entries = emptyEntries();
  const invalid = new InvalidLines();
  for (const { line, number } of linesOf(text)) {
    const name = parseHostname(line.replace(/^\*?\./, ''));
    if (name === undefined || IPV4_LIKE.test(name)) invalid.add(line, number);
    else addName(entries.below, name);
  }
  return { entries, warnings: invalid.summarize(entries.below.size) };
}

/** Names of a hosts file do not include names below them. Throws DomainSourceError. */
export function parseHostsFile(text: string): ParsedDomains {
  const entries = emptyEntries();
  const invalid = new InvalidLines();
  const isAddress = rememberAddresses();
  for (const { line, number } of linesOf(text)) {
    const [address = '', ...names] = line.split(/\s+/);
    if (names.length === 0 || !isAddress(address)) invalid.add(line, number);
    else for (const text of names) addHost(entries.exact, text, invalid, number);
  }
  return { entries, warnings: invalid.summarize(entries.exact.size) };
}

/** Returns a memoized test for an address: hosts files repeat the same few addresses on every line. */
function rememberAddresses(): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return (text) => {
    const isKnown = known.get(text);
    if (isKnown !== undefined) return isKnown;
    const isAddress = parseAddress(text.replace(/%.*/, '')) !== undefined;
    if (known.size < MOST_REMEMBERED) known.set(text, isAddress);
    return isAddress;
  };
}

/** Skips names of the local machine, such as `localhost` and `ip6-allnodes`, and addresses. */
function addHost(names: Set<string>, text: string, invalid: InvalidLines, number: number): void {
  const name = parseHostname(text);
  if (name === undefined) invalid.add(text, number);
  else if (name.includes('.') && name !== 'localhost.localdomain' && !IPV4_LIKE.test(name))
    addName(names, name);
}

function addName(names: Set<string>, name: string): void {
  names.add(name);
  if (names.size > MOST_NAMES)
    throw new DomainSourceError(`Cannot use the list: more than ${MOST_NAMES} names`);
}

/** The lines without comments and blank lines, with their numbers from 1. */
function* linesOf(text: string): Generator<{ line: string; number: number }> {
  let number = 0;
  let start = text.startsWith('\uFEFF') ? 1 : 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    const whole = text.slice(start, end === -1 ? text.length : end);
    start = end === -1 ? text.length : end + 1;
    number++;
    const hash = whole.indexOf('#');
    const line = (hash === -1 ? whole : whole.slice(0, hash)).trim();
    if (line !== '') yield { line, number };
  }
}

class InvalidLines {
  #count = 0;
  #first: { readonly line: string; readonly number: number } | undefined;

  add(line: string, number: number): void {
    this.#count++;
    this.#first ??= { line, number };
  }

  summarize(valid: number): string[] {
    if (this.#first === undefined && valid === 0)
      throw new DomainSourceError('Cannot use the file: no name is in it');
    if (this.#first === undefined) return [];
    const { line, number } = this.#first;
    if (this.#count > valid)
      throw new DomainSourceError(
        `Cannot use ${quoteEntry(line)}: it is no host name, as most lines`,
        number,
      );
    return [
      `lines without a host name left out: ${this.#count}, the first is line ${number}: ${quoteEntry(line)}`,
    ];
  }
}
