/** `wildcard` patterns: the whole text must match, `*` stands for any run of bytes, `\*` and `\\` for themselves. */

export interface Wildcard {
  /** The literal runs between the stars, in order; one run when there is no star. */
  readonly runs: readonly string[];
}

/** Parses a pattern given as a byte string; returns the engine's error message if it is invalid. */
export function parseWildcard(pattern: string): Wildcard | string {
  const runs = [''];
  for (let at = 0; at < pattern.length; at++) {
    let character = pattern.charAt(at);
    if (character === '*') {
      if (pattern.charAt(at + 1) === '*') return 'wildcard contains a double star';
      runs.push('');
      continue;
    }
    if (character === '\\') {
      character = pattern.charAt(at + 1);
      const place = `wildcard syntax error at position ${at++}`;
      if (character === '')
        return `invalid wildcard: ${place}: incomplete escape sequence at the end of the wildcard`;
      if (character !== '*' && character !== '\\')
        return `invalid wildcard: ${place}: invalid escape sequence`;
    }
    runs[runs.length - 1] += character;
  }
  return { runs };
}

/** Whether the whole text matches. Matching each run at its first occurrence is sufficient: there is no backtracking. */
export function matchWildcard(wildcard: Wildcard, text: string): boolean {
  const { runs } = wildcard;
  const first = runs[0] ?? '';
  if (runs.length === 1) return text === first;
  const last = runs[runs.length - 1] ?? '';
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const run of runs.slice(1, -1)) {
    const found = text.indexOf(run, at);
    if (found === -1 || found + run.length > end) return false;
    at = found + run.length;
  }
  return true;
}
