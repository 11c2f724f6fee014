/**
 * Formats errors for people and tools: wirefilter's own error format, which tools parse (docs/policy.md, Errors), followed by a
 * line with a suggestion.
 */
import type { ErrorKind, ExpressionError } from './expression-error.ts';
import type { Scheme } from './scheme.ts';
import { suggestFix } from './suggest-fix.ts';

export interface Diagnosis {
  readonly kind: ErrorKind;
  /** The engine's message. */
  readonly message: string;
  /** A suggestion, if the mistake is a known one. */
  readonly help: string | undefined;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** Characters under the carets, at least 1. */
  readonly length: number;
  /** In the engine's format: position, source line, carets and message. */
  readonly frame: string;
  /** `frame`, followed by `help`. */
  readonly text: string;
}

const LONGEST_LINE = 4096;

export function diagnose(error: ExpressionError, text: string, scheme: Scheme): Diagnosis {
  const { kind, message, span } = error;
  const lineStart = text.lastIndexOf('\n', span.start - 1) + 1;
  const newline = text.indexOf('\n', span.start);
  const lineEnd = newline === -1 ? text.length : newline;
  const line = countNewlines(text, span.start) + 1;
  const column = charactersBetween(text, lineStart, span.start) + 1;
  const length = Math.max(1, charactersBetween(text, span.start, Math.min(span.end, lineEnd)));
  const place = `Filter parsing error (${line}:${column}):`;
  // Showing a line that fills the screen several times over would not help.
  const picture =
    lineEnd - lineStart > LONGEST_LINE
      ? `${message}`
      : `${text.slice(lineStart, lineEnd)}\n${' '.repeat(column - 1)}${'^'.repeat(length)} ${message}`;
  const frame = `${place}\n${picture}`;
  const help = error.advice ?? suggestFix(error, text, scheme);
  return {
    kind,
    message,
    help,
    line,
    column,
    length,
    frame,
    text: help === undefined ? frame : `${frame}\nhelp: ${help}`,
  };
}

function countNewlines(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** Counts code points, so that the carets line up. */
function charactersBetween(text: string, start: number, end: number): number {
  return Array.from(text.slice(start, end)).length;
}
