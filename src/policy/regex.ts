/**
 * Regular expressions by Rust's own engine (npm rregex, WebAssembly), which wirefilter uses too: linear time, no
 * look-around, no back-references. wirefilter matches bytes (`unicode(false)`, `utf8(false)`), this build matches
 * text; `regex-bytes.ts` bridges that. JavaScript's RegExp backtracks and is never given a user's pattern.
 */
import { RRegex } from 'rregex';
import { bytesPattern, escapeBytes, UnicodeNotAllowed } from './regex-bytes.ts';
import { decodeText } from './text-value.ts';

export interface Regex {
  readonly pattern: string;
  /** Whether the pattern is found anywhere in a byte string. */
  test(bytes: string): boolean;
}

export interface RegexLimits {
  /** Most UTF-16 units of a pattern's text. */
  readonly patternLength: number;
}

/** The engine's message, several lines long, about a pattern it refuses. */
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
 * Patterns that some rule set still holds. To compile one takes a millisecond and a third of a megabyte, so a policy
 * that is loaded again, while packets wait, compiles only what is new in it.
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
  const rewritten = rewrite(pattern);
  if (rewritten === undefined) {
    const engine = compile(pattern, pattern);
    return { pattern, test: (bytes) => engine.isMatch(decodeText(bytes)) };
  }
  const engine = compile(rewritten, pattern);
  return { pattern, test: (bytes) => engine.isMatch(escapeBytes(bytes)) };
}

/** The pattern over escaped bytes, or undefined when `(?u)` asks for text. */
function rewrite(pattern: string): string | undefined {
  try {
    return bytesPattern(pattern);
  } catch (error) {
    if (!(error instanceof UnicodeNotAllowed)) throw error;
    // A mistake in the syntax is found, and told, before one in the meaning.
    const syntax = refusal(pattern);
    if (syntax !== undefined && !/Unicode|UTF-8|size limit/.test(syntax))
      throw new RegexError(syntax, { cause: error });
    throw new RegexError(pictureOf(pattern, error), { cause: error });
  }
}

function compile(rewritten: string, original: string): RRegex {
  try {
    return new RRegex(rewritten);
  } catch (error) {
    // The message must show the pattern as it was written.
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

/** Rust's picture of the place in a one-line pattern. */
function pictureOf(pattern: string, { start, end }: UnicodeNotAllowed): string {
  const carets = `${' '.repeat(start)}${'^'.repeat(Math.max(1, end - start))}`;
  return `regex parse error:\n    ${pattern}\n    ${carets}\nerror: Unicode not allowed here`;
}
