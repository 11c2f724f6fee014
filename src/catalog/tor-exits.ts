/**
 * Lists of Tor exits: plain addresses, one per line, or the Tor project's `exit-addresses`, whose `ExitAddress` lines
 * name them. Comments (`#`) and other lines of that format are skipped.
 */
import { formatAddress, parseAddress } from '../wire/address.ts';

/** A line that is neither an address nor a known keyword. */
export class TorExitsError extends Error {
  override readonly name = 'TorExitsError';
  /** Counts from 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const OTHER_KEYWORDS: ReadonlySet<string> = new Set(['ExitNode', 'Published', 'LastStatus', '@type']);

/** The addresses in canonical form, without repetition. Throws TorExitsError. */
export function parseTorExits(text: string): string[] {
  const exits = new Set<string>();
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const [first = '', second = ''] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (first === '' || OTHER_KEYWORDS.has(first)) continue;
    const spelled = first === 'ExitAddress' ? second : first;
    const address = parseAddress(spelled);
    if (address === undefined)
      throw new TorExitsError(index + 1, `Cannot use ${quote(spelled)}: it is no IP address`);
    exits.add(formatAddress(address));
  }
  return [...exits];
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
