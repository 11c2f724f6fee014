/**
 * A pattern for texts that are all ASCII, as host names are. Rewritten so that it can match nothing else, the engine
 * builds it without its Unicode tables, at a hundredth of the memory: `.` and whatever is negated mean ASCII.
 */
import {
  codeOfEscape,
  type Piece,
  readFlags,
  scanRegex,
  UnicodeNotAllowed,
  withoutUnicodeFlag,
} from './regex-scan.ts';

const ANY = '[\\x00-\\x7f]';
const ANY_BUT_NEWLINE = '[\\x00-\\x09\\x0b-\\x7f]';
const NONE = '[a&&b]';

/** Undefined for a pattern that is better left to `bytesPattern`. Throws UnicodeNotAllowed as Rust does under `(?-u)`. */
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
  /** Of the brackets that are open: whether each is negated. */
  readonly #negated: boolean[] = [];
  /** Of the groups that are open, the whole pattern first: whether `.` takes a newline. */
  readonly #dotAll: boolean[] = [false];

  rewrite(piece: Piece): string | undefined {
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
    const { on, off, opens } = readFlags(text);
    // Free spacing hides pieces in comments, and `R` changes what a line is: neither is worth following.
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

  #rewriteLiteral(piece: Piece): string {
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

function rewriteEscape(piece: Piece): string | undefined {
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
