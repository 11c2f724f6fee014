/**
 * A small MMDB (MaxMind DB file format 2.0) from prefixes and records, written independently of the reader: 24-bit
 * records, IPv6 tree, IPv4 below ::/96.
 */
import { Buffer } from 'node:buffer';
import { parsePrefix } from '../../src/wire/address.ts';

type Value = string | number | { readonly [key: string]: Value };

interface Node {
  readonly sides: [Node | number | undefined, Node | number | undefined];
}

/** `records` from prefix text to what the database is to say; later ones must not lie inside earlier ones. */
export function writeMmdb(records: Readonly<Record<string, Value>>, { ipVersion = 6 } = {}): Buffer {
  const data: Buffer[] = [];
  let dataBytes = 0;
  const root: Node = { sides: [undefined, undefined] };
  for (const [text, value] of Object.entries(records)) {
    const encoded = encode(value);
    insert(root, bitsOf(text, ipVersion), dataBytes);
    data.push(encoded);
    dataBytes += encoded.length;
  }
  const nodes = flatten(root);
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: 'syngate-test',
    ip_version: ipVersion,
    node_count: nodes.length,
    record_size: 24,
  });
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
  return Buffer.concat([encodeTree(nodes), Buffer.alloc(16), ...data, marker, metadata]);
}

function bitsOf(text: string, ipVersion: number): number[] {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new TypeError(`${text} is no prefix`);
  const bits = [...prefix.address].flatMap((byte) =>
    [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => (byte >> bit) & 1),
  );
  const own = bits.slice(0, prefix.length);
  return prefix.address.length === 4 && ipVersion === 6 ? [...Array(96).fill(0), ...own] : own;
}

function insert(root: Node, bits: readonly number[], offset: number): void {
  let node = root;
  for (const [depth, bit] of bits.entries()) {
    const side = bit === 0 ? 0 : 1;
    if (depth === bits.length - 1) {
      node.sides[side] = offset;
      return;
    }
    const next = node.sides[side] ?? { sides: [undefined, undefined] };
    if (typeof next === 'number') throw new TypeError('a prefix lies inside an earlier one');
    node.sides[side] = next;
    node = next;
  }
}

function flatten(root: Node): Node[] {
  const nodes = [root];
  for (let at = 0; at < nodes.length; at++) {
    for (const side of nodes[at]?.sides ?? []) if (typeof side === 'object') nodes.push(side);
  }
  return nodes;
}

function encodeTree(nodes: readonly Node[]): Buffer {
  const numbers = new Map(nodes.map((node, index) => [node, index]));
  const tree = Buffer.alloc(nodes.length * 6);
  for (const [index, { sides }] of nodes.entries()) {
    for (const [side, target] of sides.entries()) {
      const value =
        typeof target === 'object'
          ? (numbers.get(target) ?? 0)
          : nodes.length + (target === undefined ? 0 : 16 + target);
      tree.writeUIntBE(value, index * 6 + side * 3, 3);
    }
  }
  return tree;
}

/** Control bytes: type in the upper three bits, size below 29 in the others. */
function encode(value: Value): Buffer {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.of((2 << 5) | bytes.length), bytes]);
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([Buffer.of((6 << 5) | 4), bytes]);
  }
  const entries = Object.entries(value);
  return Buffer.concat([
    Buffer.of((7 << 5) | entries.length),
    ...entries.flatMap(([key, part]) => [encode(key), encode(part)]),
  ]);
}

/** As the gateway holds a database. */
export function shareBytes(bytes: Uint8Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}
