/** Suggestions for the most common mistakes, one table row per mistake. */
import { countEdits } from '../../report/count-edits.ts';
import type { ExpressionError } from './expression-error.ts';
import type { Scheme } from './scheme.ts';

/** After an opening brace that is not yet closed. */
const IN_SET = /\{[^}]*$/;

interface Mistake {
  /** Matches the engine's message. Default: any message. */
  readonly message?: RegExp;
  /** Matches the text from the position of the error on. */
  readonly rest: RegExp;
  /** Matches the text before the position of the error. */
  readonly before?: RegExp;
  readonly advice: string;
}

/** The first row that matches is used. */
const MISTAKES: readonly Mistake[] = [
  { rest: /^\t/, advice: 'a tab is not white space in this language: write a space' },
  { rest: /^\s*,/, before: IN_SET, advice: 'separate the items of a set with spaces, not commas' },
  { rest: /^\s*not\s+in\b/, advice: 'write not(field in {…}): there is no operator "not in"' },
  {
    rest: /^\s*(AND|OR|NOT|XOR|IN|EQ|NE|ANY|ALL|CONTAINS|MATCHES)\b/,
    advice: 'write operators in lower case',
  },
  { rest: /^\s*(#|\/\/|--|\/\*)/, advice: 'this language has no comments' },
  { rest: /^\s*;/, advice: 'an expression has no ";" at its end' },
  { rest: /^>/, before: /<$/, advice: 'write != for "is not"' },
  { rest: /^=/, message: /ComparisonOp/, advice: 'write == to compare' },
  { rest: /^=/, before: /==$/, advice: 'write == to compare' },
  { rest: /^'/, advice: 'write texts in double quotes: "…"' },
  { rest: /^\s*(like|starts_with|ends_with)\b/i, advice: 'write wildcard "…*", or matches "^…"' },
  { rest: /^(true|false)\b/, advice: 'write the field alone for a truth: field, or not field' },
  {
    rest: /^[\d.a-f:]+\/\d/i,
    before: /(==|!=|eq|ne)\s*$/,
    advice: 'write a prefix in a set: in {10.0.0.0/8}',
  },
  { rest: /^"/, message: /IP address character/, advice: 'write addresses without quotes' },
  { rest: /^/, message: /IP address/, advice: 'write an address such as 192.0.2.1 or 2001:db8::1' },
  {
    rest: /^/,
    message: /host part/,
    advice: 'clear the bits behind the prefix length, or write the single address',
  },
  {
    rest: /^/,
    message: /incompatible range/,
    advice: 'write the smaller bound first; both are of one family',
  },
  { rest: /^/, message: /expected digit/, advice: 'write a number such as 443' },
  { rest: /^/, message: /radix 8$/, advice: 'a leading zero means octal: write the number without it' },
  { rest: /^/, message: /radix 16|byte separator|2 characters/, advice: 'write texts in double quotes: "…"' },
  { rest: /^/, message: /expected " or r/, advice: 'write regexes in double quotes: "…"' },
  {
    rest: /^/,
    message: /ending quote/,
    before: /(matches|~)\s*r?#*"$/,
    advice: 'close the regex with a quote, and any "[" in it',
  },
  { rest: /^/, message: /ending quote/, advice: 'close the text with a double quote' },
  { rest: /^/, message: /xHH or OOO/, advice: 'write a backslash as \\\\, or use a raw text: r"…"' },
  { rest: /^/, message: /look-around/, advice: 'write not(field matches "…") for what must not be there' },
  {
    rest: /^/,
    message: /Unicode not allowed/,
    advice: 'write (?u) first to match Unicode text and not bytes',
  },
  { rest: /^/, message: /unknown list/, advice: 'name a list by its id or its name' },
  {
    rest: /^/,
    message: /^invalid type of argument/,
    advice: 'any() and all() are for arrays: write the comparison alone',
  },
  {
    rest: /^/,
    message: /Array<Bool>, but got Bool/,
    advice: 'inside any() each comparison walks over an array',
  },
  { rest: /^/, message: /but got Array<Bool>/, advice: 'put any(…) around the comparison with [*]' },
  {
    rest: /^(or|and|xor|\|\||&&|\^\^)/,
    message: /"\)"/,
    advice: 'inside any() add parentheses: any((… or …))',
  },
  { rest: /^$/, message: /"\)"/, advice: 'close each "(" with a ")"' },
  { rest: /^$/, message: /ComparisonOp/, advice: 'compare the field with something, such as == "…"' },
  { rest: /^$/, message: /identifier character/, advice: 'write a comparison here' },
  { rest: /^\s*\)/, message: /unrecognised/, advice: 'remove this ")": none is open' },
  { rest: /^\s*[\w!(]/, message: /unrecognised/, advice: 'join two comparisons with and, or, xor' },
];

export function suggestFix(error: ExpressionError, text: string, scheme: Scheme): string | undefined {
  const { message, span } = error;
  if (error.kind === 'unknown_field' && !/^[A-Z]+$/.test(text.slice(span.start, span.end))) {
    const similar = suggestName(text.slice(span.start, span.end), scheme);
    if (similar !== undefined) return similar;
  }
  // An expression may be long, and distant text does not matter.
  const rest = text.slice(span.start, span.start + 200);
  const before = text.slice(Math.max(0, span.start - 200), span.start);
  return MISTAKES.find(
    (mistake) =>
      (mistake.message?.test(message) ?? true) &&
      mistake.rest.test(rest) &&
      (mistake.before?.test(before) ?? true),
  )?.advice;
}

/** Suggests the field with the most similar name, if any is similar enough. */
function suggestName(name: string, scheme: Scheme): string | undefined {
  if (name.length > 64) return undefined;
  const nearest = scheme.fields
    .map((field) => ({ name: field.name, distance: countEdits(name.toLowerCase(), field.name) }))
    .reduce<{ name: string; distance: number } | undefined>(
      (best, candidate) => (best === undefined || candidate.distance < best.distance ? candidate : best),
      undefined,
    );
  const close = nearest !== undefined && nearest.distance <= Math.max(2, name.length / 4);
  return close ? `did you mean ${nearest.name}?` : undefined;
}
