/**
 * Domain names (RFC 1035 sections 3.1 and 4.1.4). In syngate a name is one canonical text that means exactly one
 * wire name: ASCII lower case (RFC 4343), no trailing dot, the root is the empty text, and a byte that is not
 * printable, a dot or a backslash *inside* a label is written `\DDD`. So a `.` in the text always separates two
 * labels, and a suffix of the text after a `.` is always a parent domain.
 */
import { HEADER_BYTES } from './header.ts';

const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
const POINTER = 0xc0;
/** One after each label of the longest name; a longer chain only costs time. */
const MAX_POINTERS = 127;

export interface ParsedName {
  readonly name: string;
  /** Where the bytes after the name begin. */
  readonly next: number;
}

/**
 * The name at `at`, or undefined when it cannot be trusted: it runs past the end, is longer than 255 bytes, has a
 * label type other than RFC 1035's two, a pointer that does not lead backwards (so no chain can loop), or too many of them.
 */
export function parseName(bytes: Uint8Array, at: number): ParsedName | undefined {
  const labels: string[] = [];
  let length = 1;
  let next: number | undefined;
  // A pointer must lead to somewhere before the run of labels that it ends.
  let runStart = at;
  let pointers = 0;
  for (let cursor = at; ; ) {
    const size = bytes[cursor];
    if (size === undefined) return undefined;
    if (size === 0) return { name: labels.join('.'), next: next ?? cursor + 1 };
    if (size <= MAX_LABEL_BYTES) {
      length += size + 1;
      if (length > MAX_NAME_BYTES || cursor + 1 + size > bytes.length) return undefined;
      labels.push(labelText(bytes, cursor + 1, cursor + 1 + size));
      cursor += size + 1;
      continue;
    }
    const target = pointerTarget(bytes, cursor);
    pointers++;
    if (target === undefined || target >= runStart || pointers > MAX_POINTERS) return undefined;
    next ??= cursor + 2;
    runStart = target;
    cursor = target;
  }
}

/** The wire form of a canonical name, uncompressed. Throws RangeError for a text that is not a name. */
export function emitName(name: string): Uint8Array {
  const bytes: number[] = [];
  for (const label of name === '' ? [] : name.split('.')) {
    const octets = labelBytes(label);
    if (octets.length === 0 || octets.length > MAX_LABEL_BYTES) {
      throw new RangeError(
        `Cannot encode name: label '${label}' has ${octets.length} bytes, allowed are 1 to 63`,
      );
    }
    bytes.push(octets.length, ...octets);
  }
  bytes.push(0);
  if (bytes.length > MAX_NAME_BYTES) {
    throw new RangeError(`Cannot encode name: '${name}' has ${bytes.length} bytes, allowed are 255`);
  }
  return Uint8Array.from(bytes);
}

/** Whether `name` is `zone` or lies below it. */
export function isWithin(name: string, zone: string): boolean {
  return zone === '' || name === zone || (name.endsWith(zone) && name.at(-zone.length - 1) === '.');
}

/** Whether a policy can name it: no rule can spell a label with dots, spaces or unprintable bytes. */
export function isHostname(name: string): boolean {
  return name !== '' && !name.includes('\\');
}

function pointerTarget(bytes: Uint8Array, at: number): number | undefined {
  const high = bytes[at] ?? 0;
  const low = bytes[at + 1];
  if (low === undefined || (high & POINTER) !== POINTER) return undefined;
  const target = ((high & ~POINTER) << 8) | low;
  return target >= HEADER_BYTES ? target : undefined;
}

const BYTE_TEXT = Array.from({ length: 256 }, (_, byte) => byteText(byte));

function byteText(byte: number): string {
  const character = String.fromCharCode(byte);
  const plain = byte > 0x20 && byte < 0x7f && character !== '.' && character !== '\\';
  return plain ? character.toLowerCase() : `\\${String(byte).padStart(3, '0')}`;
}

function labelText(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) text += BYTE_TEXT[bytes[at] ?? 0];
  return text;
}

function labelBytes(label: string): number[] {
  const octets: number[] = [];
  for (const [part, escaped] of label.matchAll(/\\(\d{3})|[\s\S]/g)) {
    octets.push(escaped === undefined ? part.charCodeAt(0) : Number(escaped));
  }
  const odd = octets.find((octet) => octet > 0xff);
  if (odd !== undefined) throw new RangeError(`Cannot encode name: '${label}' has a character above 255`);
  return octets;
}
