/**
 * Parses lists of Tor exits: plain addresses, one per line, or the Tor project's `exit-addresses` format, of which only the
 * `ExitAddress` lines are read. Comments (`#`) are skipped.
 */
import { formatAddress, parseAddress } from '../wire/address.ts';

/** A line that is neither an address nor a known keyword. */
export class TorExitsError extends Error {
  override readonly name = 'TorExitsError';
  /** From 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const OTHER_KEYWORDS: ReadonlySet<string> = new Set(['ExitNode', 'Published', 'LastStatus', '@type']);

/** The distinct addresses in canonical form. Throws TorExitsError. */
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
