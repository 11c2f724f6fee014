/**
 * Byte semantics on an engine that matches text. A byte above 0x7F becomes a private-use character U+E000 + byte, in
 * the text and in the pattern: such a character has no case, is no letter, digit or blank, and is one `.`, just as a
 * lone byte is. ASCII stays as it is, so for host names nothing is rewritten at match time.
 */

const PRIVATE = 0xe000;

/** The text to search for a byte string. */
export function escapeBytes(bytes: string): string {
  for (let at = 0; at < bytes.length; at++) {
    if (bytes.charCodeAt(at) > 0x7f) return Array.from(bytes, escapeByte).join('');
  }
  return bytes;
}

/** The pattern names Unicode where only bytes are known: between these offsets. */
export class UnicodeNotAllowed extends Error {
  readonly start: number;
  readonly end: number;

  constructor(start: number, end: number) {
    super('Unicode not allowed here');
    this.start = start;
    this.end = end;
  }
}

/**
 * The pattern to search escaped bytes with, or undefined for a pattern that switches Unicode on. A pattern that is
 * wrong stays wrong: the engine judges it. Throws UnicodeNotAllowed as Rust does under `(?-u)`.
 */
export function bytesPattern(pattern: string): string | undefined {
  if (TURNS_UNICODE_ON.test(pattern.replace(/\\./gs, ''))) return undefined;
  const scan: Scan = { pattern, at: 0, depth: 0 };
  let rewritten = '';
  while (scan.at < pattern.length) rewritten += rewriteNext(scan);
  return rewritten;
}

const TURNS_UNICODE_ON = /\(\?[a-zA-Z]*u/;
const GROUP_NAME = /\(\?P?<[^=!>][^>]*>/y;
const GROUP_FLAGS = /\(\?([a-zA-Z]*)-([a-zA-Z]*)([:)])/y;
/** A closing bracket that comes first is a member. */
const OPENING_BRACKET = /\[\^?\]?/y;
const ESCAPE = /\\(?:[pP]\{[^}]*\}|[pP].|[xuU]\{[^}]*\}|x..|u....|U........|b\{[a-z-]+\}|.)/suy;

interface Scan {
  readonly pattern: string;
  at: number;
  /** How many brackets are open. */
  depth: number;
}

function rewriteNext(scan: Scan): string {
  const written = take(scan, ESCAPE);
  if (written !== undefined) return rewriteEscape(scan, written[0]);
  const name = scan.depth === 0 ? take(scan, GROUP_NAME) : undefined;
  if (name !== undefined) return name[0];
  const flags = scan.depth === 0 ? take(scan, GROUP_FLAGS) : undefined;
  if (flags !== undefined) return rewriteFlags(flags);
  const bracket = take(scan, OPENING_BRACKET);
  if (bracket !== undefined) scan.depth++;
  return bracket?.[0] ?? rewriteLiteral(scan);
}

function rewriteLiteral(scan: Scan): string {
  const character = String.fromCodePoint(scan.pattern.codePointAt(scan.at) ?? 0);
  scan.at += character.length;
  if (character === ']' && scan.depth > 0) scan.depth--;
  return character > '\x7f' ? rewriteCharacter(scan, character, character.length) : character;
}

/** `-u` says what holds anyway, and the engine must not hear it. */
function rewriteFlags([, on = '', off = '', close = ')']: readonly string[]): string {
  const kept = off.replaceAll('u', '');
  const flags = kept === '' ? on : `${on}-${kept}`;
  return flags === '' && close === ')' ? '(?:)' : `(?${flags}${close}`;
}

function rewriteEscape(scan: Scan, written: string): string {
  const kind = written.charAt(1);
  if (kind === 'p' || kind === 'P') throw new UnicodeNotAllowed(scan.at - written.length, scan.at);
  if ('dDwWsS'.includes(kind)) return asciiClass(scan, written, kind);
  if ('bB<>'.includes(kind) && scan.depth === 0) return `(?-u:${written})`;
  const hexadecimal = /^\\([xuU])\{?([0-9a-fA-F]+)\}?$/.exec(written);
  const code = Number.parseInt(hexadecimal?.[2] ?? '0', 16);
  if (code <= 0x7f || code > 0x10ffff) return written;
  if (/^\\x[0-9a-fA-F]{2}$/.test(written)) return escapeByte(String.fromCharCode(code));
  return rewriteCharacter(scan, String.fromCodePoint(code), written.length);
}

/** A character beyond ASCII is the sequence of its UTF-8 bytes, which no bracket can hold. */
function rewriteCharacter(scan: Scan, character: string, length: number): string {
  if (scan.depth > 0) throw new UnicodeNotAllowed(scan.at - length, scan.at);
  const bytes = Buffer.from(character, 'utf8').toString('latin1');
  return `(?:${escapeBytes(bytes)})`;
}

/** The ASCII class spelled out: far smaller than Unicode's, and the same over escaped bytes. */
function asciiClass(scan: Scan, written: string, kind: string): string {
  const before = scan.pattern.charAt(scan.at - written.length - 1);
  const besideDash = before === '-' || scan.pattern.charAt(scan.at) === '-';
  // Beside a dash it would be the end of a range, which the engine refuses and is to refuse.
  if (scan.depth > 0 && besideDash) return written;
  const members = { d: '0-9', w: '0-9A-Za-z_', s: '\\t\\n\\x0b\\f\\r\\x20' }[kind.toLowerCase()] ?? '';
  return kind === kind.toLowerCase() ? `[${members}]` : `[^${members}]`;
}

function escapeByte(byte: string): string {
  const code = byte.charCodeAt(0);
  return code > 0x7f ? String.fromCharCode(PRIVATE + code) : byte;
}

/** The match of a sticky expression here, stepped over. */
function take(scan: Scan, expression: RegExp): RegExpExecArray | undefined {
  expression.lastIndex = scan.at;
  const match = expression.exec(scan.pattern);
  if (match === null) return undefined;
  scan.at += match[0].length;
  return match;
}
