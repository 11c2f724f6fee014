/**
 * Texts as the language sees them: byte strings, one character (U+0000–U+00FF) a byte of the text's UTF-8, so that
 * `==`, `<` and `contains` are exact on bytes while JavaScript's fast string operations still serve.
 */

/**
 * How the values of a field compare. `name` (host and domain names) and `email` fold ASCII case and drop a trailing
 * dot; `continent` also knows the continents' English names; `attribute` is a SAML or OIDC `name=value` pair.
 */
export type TextKind = 'plain' | 'name' | 'email' | 'continent' | 'attribute';

/** The byte string of a text. */
export function encodeText(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** The text of a byte string, for people; bytes that are no UTF-8 show as U+FFFD. */
export function decodeText(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** The form in which byte strings of this kind are kept and compared. */
export function canonicalText(bytes: string, kind: TextKind): string {
  switch (kind) {
    case 'name':
    case 'email':
      return foldName(bytes);
    case 'continent':
      return CONTINENTS.get(foldAscii(bytes)) ?? bytes;
    case 'plain':
    case 'attribute':
      return bytes;
  }
}

/** ASCII letters in lower case; other bytes as they are, so that no UTF-8 sequence is torn. */
export function foldAscii(bytes: string): string {
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes.charCodeAt(at);
    if (code >= 0x41 && code <= 0x5a) return bytes.replace(/[A-Z]+/g, (run) => run.toLowerCase());
  }
  return bytes;
}

function foldName(bytes: string): string {
  const folded = foldAscii(bytes);
  return folded.length > 1 && folded.endsWith('.') ? folded.slice(0, -1) : folded;
}

/** The codes of continents by their English names; dashboards show the names, rules hold the codes. */
const CONTINENTS: ReadonlyMap<string, string> = new Map([
  ['africa', 'AF'],
  ['antarctica', 'AN'],
  ['asia', 'AS'],
  ['europe', 'EU'],
  ['north america', 'NA'],
  ['oceania', 'OC'],
  ['south america', 'SA'],
  ['tor', 'T1'],
  ['tor network', 'T1'],
]);
