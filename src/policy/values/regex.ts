/**
 * Regular expressions, compiled by Rust's engine (npm rregex, WebAssembly), as in wirefilter: linear time, no look-around, no
 * back-references. wirefilter matches bytes (`unicode(false)`, `utf8(false)`) while this build matches text; `regex-ascii.ts`
 * and `regex-bytes.ts` bridge the difference. JavaScript's RegExp backtracks and is never given a user's pattern.
 */
import { RRegex } from 'rregex';
import { asciiPattern } from './regex-ascii.ts';
import { bytesPattern, escapeBytes } from './regex-bytes.ts';
import { UnicodeNotAllowed } from './regex-scan.ts';
import { decodeText, isAscii } from './text-value.ts';

export interface Regex {
  readonly pattern: string;
  /** Whether the pattern matches anywhere in the byte string. */
  test(bytes: string): boolean;
}

export interface RegexLimits {
  /** Maximum length of a pattern in UTF-16 units. */
  readonly patternLength: number;
}

/** A pattern that was refused; the message is the engine's, several lines long. */
export class RegexError extends Error {
  override readonly name = 'RegexError';
}

/** Throws RegexError for a pattern that the engine or the limits refuse. */
export function compileRegex(pattern: string, limits: RegexLimits): Regex {
  if (pattern.length > limits.patternLength) {
    throw new RegexError(
      `regex of ${pattern.length} characters is too long (limit: ${limits.patternLength})`,
    );
  }
  return inUse.get(pattern)?.deref() ?? remember(build(pattern));
}

/**
 * Compiled patterns that some rule set still references. Compiling one takes up to a millisecond, and rregex 1.13 never
 * releases all of its memory (3 to 300 KB per pattern, measured), so a reload compiles only patterns that are new.
 */
const inUse = new Map<string, WeakRef<Regex>>();

const released = new FinalizationRegistry<string>((pattern) => {
  if (inUse.get(pattern)?.deref() === undefined) inUse.delete(pattern);
});

function remember(regex: Regex): Regex {
  inUse.set(regex.pattern, new WeakRef(regex));
  released.register(regex, regex.pattern);
  return regex;
}

function build(pattern: string): Regex {
  if (asksForUnicode(pattern)) {
    const engine = compile(pattern, pattern);
    return { pattern, test: (bytes) => engine.isMatch(decodeText(bytes)) };
  }
  const engine = buildAscii(pattern);
  if (engine === undefined) return { pattern, test: buildBytes(pattern) };
  let searchBytes: ((bytes: string) => boolean) | undefined;
  return {
    pattern,
    test: (bytes) => {
      if (isAscii(bytes)) return engine.isMatch(bytes);
      searchBytes ??= buildBytesIfFits(pattern);
      return searchBytes(bytes);
    },
  };
}

/** Whether the pattern contains `(?u)`; all of it is then matched as text. */
export function asksForUnicode(pattern: string): boolean {
  return /\(\?[a-zA-Z]*u/.test(pattern.replace(/\\./gs, ''));
}

/** The ASCII engine; undefined if the pattern is unsupported there or invalid. */
function buildAscii(pattern: string): RRegex | undefined {
  const rewritten = rewrite(pattern, asciiPattern);
  try {
    return rewritten === undefined ? undefined : new RRegex(rewritten);
  } catch {
    // Compiling it for bytes will report the error.
    return undefined;
  }
}

function buildBytes(pattern: string): (bytes: string) => boolean {
  const engine = compile(rewrite(pattern, bytesPattern), pattern);
  return (bytes) => engine.isMatch(escapeBytes(bytes));
}

/** Compiled for bytes, a pattern is larger. One that exceeds the engine's size limit only then never matches. */
function buildBytesIfFits(pattern: string): (bytes: string) => boolean {
  try {
    return buildBytes(pattern);
  } catch (error) {
    if (error instanceof RegexError) return () => false;
    throw error;
  }
}

function rewrite<T>(pattern: string, rewriter: (pattern: string) => T): T {
  try {
    return rewriter(pattern);
  } catch (error) {
    if (!(error instanceof UnicodeNotAllowed)) throw error;
    // A syntax error takes precedence over misuse of Unicode.
    const syntax = refusal(pattern);
    const isSyntax = syntax !== undefined && !/Unicode|UTF-8|size limit/.test(syntax);
    throw new RegexError(isSyntax ? syntax : pictureOf(pattern, error), { cause: error });
  }
}

function compile(rewritten: string, original: string): RRegex {
  try {
    return new RRegex(rewritten);
  } catch (error) {
    // The message must show the original pattern, not the rewritten one.
    throw new RegexError(refusal(original) ?? describe(error), { cause: error });
  }
}

function refusal(pattern: string): string | undefined {
  try {
    new RRegex(pattern).free();
    return undefined;
  } catch (error) {
    return describe(error);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Rust's error message for a one-line pattern, with carets under the offending part. */
function pictureOf(pattern: string, { start, end }: UnicodeNotAllowed): string {
  const carets = `${' '.repeat(start)}${'^'.repeat(Math.max(1, end - start))}`;
  return `regex parse error:\n    ${pattern}\n    ${carets}\nerror: Unicode not allowed here`;
}
