/**
 * Emulates byte semantics on an engine that matches text. In the text and in the pattern, a byte above 0x7F becomes the
 * private-use character U+E000 + byte, which, like a byte, has no case, is no letter, digit or space, and is matched by one
 * `.`. ASCII is left unchanged.
 */
import {
  codeOfEscape,
  type RegexPiece,
  scanRegex,
  UnicodeNotAllowed,
  withoutUnicodeFlag,
} from './regex-scan.ts';

const PRIVATE = 0xe000;

/** The text that stands for a byte string. */
export function escapeBytes(bytes: string): string {
  return Array.from(bytes, escapeByte).join('');
}

/** The pattern to match escaped bytes with. Throws UnicodeNotAllowed where Rust does under `(?-u)`. */
export function bytesPattern(pattern: string): string {
  return scanRegex(pattern).map(rewritePiece).join('');
}

function rewritePiece(piece: RegexPiece, index: number, pieces: readonly RegexPiece[]): string {
  switch (piece.kind) {
    case 'escape':
      return rewriteEscape(piece, pieces[index - 1], pieces[index + 1]);
    case 'flags':
      return withoutUnicodeFlag(piece.text);
    case 'literal':
      return piece.text > '\x7f' ? rewriteCharacter(piece, piece.text) : piece.text;
    default:
      return piece.text;
  }
}

function rewriteEscape(
  piece: RegexPiece,
  before: RegexPiece | undefined,
  after: RegexPiece | undefined,
): string {
  const { text, depth } = piece;
  const kind = text.charAt(1);
  if (kind === 'p' || kind === 'P') throw new UnicodeNotAllowed(piece);
  if ('bB<>'.includes(kind) && depth === 0) return `(?-u:${text})`;
  const members = ASCII_CLASSES[kind.toLowerCase()];
  if (members !== undefined) {
    // Next to a dash it is a range bound, which is an error: left for the engine to report.
    if (depth > 0 && (before?.text === '-' || after?.text === '-')) return text;
    return kind === kind.toLowerCase() ? `[${members}]` : `[^${members}]`;
  }
  const code = codeOfEscape(text) ?? 0;
  if (code <= 0x7f) return text;
  const isByte = /^\\x[^{]/.test(text);
  return isByte ? escapeByte(String.fromCharCode(code)) : rewriteCharacter(piece, String.fromCodePoint(code));
}

/** Much smaller than Unicode's classes when compiled, and equivalent over escaped bytes. */
const ASCII_CLASSES: Readonly<Record<string, string>> = {
  d: '0-9',
  w: '0-9A-Za-z_',
  s: '\\t\\n\\x0b\\f\\r\\x20',
};

/** A character beyond ASCII becomes the sequence of its UTF-8 bytes, which cannot be part of a bracketed class. */
function rewriteCharacter(piece: RegexPiece, character: string): string {
  if (piece.depth > 0) throw new UnicodeNotAllowed(piece);
  return `(?:${escapeBytes(Buffer.from(character, 'utf8').toString('latin1'))})`;
}

function escapeByte(byte: string): string {
  const code = byte.charCodeAt(0);
  return code > 0x7f ? String.fromCharCode(PRIVATE + code) : byte;
}
