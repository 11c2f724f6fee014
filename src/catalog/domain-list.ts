/**
 * Lists of names as text: plain ones with a name per line, and hosts files (`0.0.0.0 ads.example.com`). Third-party lists
 * have odd lines, which are skipped and counted; a file of mostly odd lines is not a list and is refused.
 */
import { parseAddress } from '../wire/address.ts';
import { type DomainEntries, emptyEntries, MOST_NAMES } from './domain-set.ts';
import { DomainSourceError, quoteEntry } from './domain-source-error.ts';
import { parseHostname } from './hostname.ts';

/** A dotted quad, in range or not, is no name. */
const IPV4_LIKE = /^[\d.]+$/;
const MOST_REMEMBERED = 1000;

export interface ParsedDomains {
  readonly entries: DomainEntries;
  /** What was left out, in words. */
  readonly warnings: readonly string[];
}

/** A name a line, meant with all below it, with or without a leading `*.` or `.`. Throws DomainSourceError. */
export function parseDomainList(text: string): ParsedDomains {
  const entries = emptyEntries();
  const odd = new OddLines();
  for (const { line, number } of linesOf(text)) {
    const name = parseHostname(line.replace(/^\*?\./, ''));
    if (name === undefined || IPV4_LIKE.test(name)) odd.add(line, number);
    else addName(entries.below, name);
  }
  return { entries, warnings: odd.judge(entries.below.size) };
}

/** Names of a hosts file stand for themselves alone, as they do there. Throws DomainSourceError. */
export function parseHostsFile(text: string): ParsedDomains {
  const entries = emptyEntries();
  const odd = new OddLines();
  const isAddress = rememberAddresses();
  for (const { line, number } of linesOf(text)) {
    const [address = '', ...names] = line.split(/\s+/);
    if (names.length === 0 || !isAddress(address)) odd.add(line, number);
    else for (const text of names) addHost(entries.exact, text, odd, number);
  }
  return { entries, warnings: odd.judge(entries.exact.size) };
}

/** The same few addresses stand before all names. */
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

/** `localhost`, `ip6-allnodes` and their like have one label and name no site; nor does an address. */
function addHost(names: Set<string>, text: string, odd: OddLines, number: number): void {
  const name = parseHostname(text);
  if (name === undefined) odd.add(text, number);
  else if (name.includes('.') && name !== 'localhost.localdomain' && !IPV4_LIKE.test(name))
    addName(names, name);
}

function addName(names: Set<string>, name: string): void {
  names.add(name);
  if (names.size > MOST_NAMES)
    throw new DomainSourceError(`Cannot use the list: more than ${MOST_NAMES} names`);
}

/** Without comments and blank lines; numbers count from 1. */
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

class OddLines {
  #count = 0;
  #first: { readonly line: string; readonly number: number } | undefined;

  add(line: string, number: number): void {
    this.#count++;
    this.#first ??= { line, number };
  }

  judge(good: number): string[] {
    if (this.#first === undefined && good === 0)
      throw new DomainSourceError('Cannot use the file: no name is in it');
    if (this.#first === undefined) return [];
    const { line, number } = this.#first;
    if (this.#count > good)
      throw new DomainSourceError(
        `Cannot use ${quoteEntry(line)}: it is no host name, as most lines`,
        number,
      );
    return [
      `lines without a host name left out: ${this.#count}, the first is line ${number}: ${quoteEntry(line)}`,
    ];
  }
}
