/** Names of the reverse trees (RFC 1035 section 3.5, RFC 3596 section 2.5) as the prefix they stand for. */
import type { Prefix } from '../address.ts';

export interface ReverseName {
  /** 8 bits per label (IPv4) or 4 (IPv6): a full address has length 32 or 128. */
  readonly prefix: Prefix;
  /** Whether the whole name is the prefix; else it has labels below it, such as those of DNS-SD or RFC 2317. */
  readonly exact: boolean;
}

interface Tree {
  readonly label: string;
  readonly pattern: RegExp;
  readonly radix: number;
  readonly bitsPerLabel: number;
  readonly bytes: number;
}

const TREES: readonly Tree[] = [
  { label: 'in-addr', pattern: /^(0|[1-9]\d{0,2})$/, radix: 10, bitsPerLabel: 8, bytes: 4 },
  { label: 'ip6', pattern: /^[0-9a-f]$/, radix: 16, bitsPerLabel: 4, bytes: 16 },
];

/** What a name under in-addr.arpa or ip6.arpa stands for; undefined for any other name and for the apexes. */
export function parseReverseName(name: string): ReverseName | undefined {
  const labels = name.split('.').reverse();
  const tree = labels[0] === 'arpa' ? TREES.find(({ label }) => label === labels[1]) : undefined;
  if (tree === undefined) return undefined;
  const digits = readDigits(labels.slice(2), tree);
  if (digits.length === 0) return undefined;
  const prefix = { address: packDigits(digits, tree), length: digits.length * tree.bitsPerLabel };
  return { prefix, exact: digits.length === labels.length - 2 };
}

/** The labels from the top of the tree down, as far as they are parts of an address. */
function readDigits(labels: readonly string[], tree: Tree): number[] {
  const digits: number[] = [];
  for (const label of labels.slice(0, (tree.bytes * 8) / tree.bitsPerLabel)) {
    const digit = tree.pattern.test(label) ? Number.parseInt(label, tree.radix) : 256;
    if (digit > 255) break;
    digits.push(digit);
  }
  return digits;
}

function packDigits(digits: readonly number[], tree: Tree): Uint8Array {
  const address = new Uint8Array(tree.bytes);
  digits.forEach((digit, index) => {
    const bit = index * tree.bitsPerLabel;
    const shift = 8 - tree.bitsPerLabel - (bit % 8);
    address[bit >> 3] = (address[bit >> 3] ?? 0) | (digit << shift);
  });
  return address;
}
