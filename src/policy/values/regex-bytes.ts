/**
 * Byte semantics on an engine that matches text. A byte above 0x7F becomes a private-use character U+E000 + byte, in
 * the text and in the pattern: such a character has no case, is no letter, digit or blank, and is one `.`, just as a
 * lone byte is. ASCII stays as it is.
 */
import { codeOfEscape, type Piece, scanRegex, UnicodeNotAllowed, withoutUnicodeFlag } from './regex-scan.ts';

const PRIVATE = 0xe000;

/** The text to search for a byte string. */
export function escapeBytes(bytes: string): string {
  return Array.from(bytes, escapeByte).join('');
}

/** The pattern to search escaped bytes with. Throws UnicodeNotAllowed as Rust does under `(?-u)`. */
export function bytesPattern(pattern: string): string {
  return scanRegex(pattern).map(rewritePiece).join('');
}

function rewritePiece(piece: Piece, index: number, pieces: readonly Piece[]): string {
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

function rewriteEscape(piece: Piece, before: Piece | undefined, after: Piece | undefined): string {
  const { text, depth } = piece;
  const kind = text.charAt(1);
  if (kind === 'p' || kind === 'P') throw new UnicodeNotAllowed(piece);
  if ('bB<>'.includes(kind) && depth === 0) return `(?-u:${text})`;
  const members = ASCII_CLASSES[kind.toLowerCase()];
  if (members !== undefined) {
    // Beside a dash it would be the end of a range, which the engine refuses and is to refuse.
    if (depth > 0 && (before?.text === '-' || after?.text === '-')) return text;
    return kind === kind.toLowerCase() ? `[${members}]` : `[^${members}]`;
  }
  const code = codeOfEscape(text) ?? 0;
  if (code <= 0x7f) return text;
  const isByte = /^\\x[^{]/.test(text);
  return isByte ? escapeByte(String.fromCharCode(code)) : rewriteCharacter(piece, String.fromCodePoint(code));
}

/** Spelled out they are far smaller than Unicode's classes, and over escaped bytes the same. */
const ASCII_CLASSES: Readonly<Record<string, string>> = {
  d: '0-9',
  w: '0-9A-Za-z_',
  s: '\\t\\n\\x0b\\f\\r\\x20',
};

/** A character beyond ASCII is the sequence of its UTF-8 bytes, which no bracket can hold. */
function rewriteCharacter(piece: Piece, character: string): string {
  if (piece.depth > 0) throw new UnicodeNotAllowed(piece);
  return `(?:${escapeBytes(Buffer.from(character, 'utf8').toString('latin1'))})`;
}

function escapeByte(byte: string): string {
  const code = byte.charCodeAt(0);
  return code > 0x7f ? String.fromCharCode(PRIVATE + code) : byte;
}
