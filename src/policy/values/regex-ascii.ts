/**
 * Rewrites a pattern to match ASCII texts only, such as host names: `.` and negated classes are restricted to ASCII. The
 * engine then compiles it without Unicode tables, in about a hundredth of the memory.
 */
import {
  codeOfEscape,
  parseFlagGroup,
  type RegexPiece,
  scanRegex,
  UnicodeNotAllowed,
  withoutUnicodeFlag,
} from './regex-scan.ts';

const ANY = '[\\x00-\\x7f]';
const ANY_BUT_NEWLINE = '[\\x00-\\x09\\x0b-\\x7f]';
const NONE = '[a&&b]';

/** Undefined for a pattern that only `bytesPattern` supports. Throws UnicodeNotAllowed where Rust does under `(?-u)`. */
export function asciiPattern(pattern: string): string | undefined {
  const rewriter = new AsciiRewriter();
  let rewritten = '(?-u)';
  for (const piece of scanRegex(pattern)) {
    const text = rewriter.rewrite(piece);
    if (text === undefined) return undefined;
    rewritten += text;
  }
  return rewritten;
}

class AsciiRewriter {
  /** For each open bracket: whether it is negated. */
  readonly #negated: boolean[] = [];
  /** For each open group, the whole pattern first: whether `.` matches a newline. */
  readonly #dotAll: boolean[] = [false];

  rewrite(piece: RegexPiece): string | undefined {
    const { kind, text } = piece;
    switch (kind) {
      case 'escape':
        return rewriteEscape(piece);
      case 'name':
        this.#openGroup();
        return text;
      case 'flags':
        return this.#rewriteFlags(text);
      case 'posix':
        return text.startsWith('[:^') ? subtract(`[:${text.slice(3)}`) : text;
      case 'open':
        return this.#openBracket(text);
      case 'close':
        return this.#negated.pop() ? ']]' : ']';
      case 'literal':
        return this.#rewriteLiteral(piece);
    }
  }

  #rewriteFlags(text: string): string | undefined {
    const { on, off, opens } = parseFlagGroup(text);
    // Verbose mode allows comments, and `R` changes what ends a line: too rare to be worth supporting.
    if (/[xR]/.test(on)) return undefined;
    if (opens) this.#openGroup();
    if (on.includes('s') || off.includes('s')) this.#dotAll[this.#dotAll.length - 1] = on.includes('s');
    return withoutUnicodeFlag(text);
  }

  #openGroup(): void {
    this.#dotAll.push(this.#dotAll.at(-1) ?? false);
  }

  #openBracket(text: string): string {
    const negated = text.startsWith('[^');
    this.#negated.push(negated);
    const member = text.endsWith(']') ? '\\]' : '';
    return negated ? `[\\x00-\\x7f--[${member}` : `[${member}`;
  }

  #rewriteLiteral(piece: RegexPiece): string {
    const { text, depth } = piece;
    if (text > '\x7f' && depth > 0) throw new UnicodeNotAllowed(piece);
    if (text > '\x7f') return NONE;
    if (depth > 0) return text;
    if (text === '(') this.#openGroup();
    if (text === ')' && this.#dotAll.length > 1) this.#dotAll.pop();
    if (text !== '.') return text;
    return this.#dotAll.at(-1) ? ANY : ANY_BUT_NEWLINE;
  }
}

function rewriteEscape(piece: RegexPiece): string | undefined {
  const { text, depth } = piece;
  const kind = text.charAt(1);
  if (kind === 'p' || kind === 'P') throw new UnicodeNotAllowed(piece);
  if ('DWS'.includes(kind)) return subtract(`[${text.toLowerCase()}]`);
  if ((codeOfEscape(text) ?? 0) <= 0x7f) return text;
  return depth > 0 ? undefined : NONE;
}

function subtract(members: string): string {
  return `[\\x00-\\x7f--${members}]`;
}
