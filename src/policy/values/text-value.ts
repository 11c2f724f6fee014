/**
 * Texts in the form that the language compares: byte strings, in which each character (U+0000–U+00FF) is one byte of the text's
 * UTF-8. So `==`, `<` and `contains` are exact on bytes and still use JavaScript's fast string operations.
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

/** The text of a byte string, for display; invalid UTF-8 becomes U+FFFD. */
export function decodeText(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** The canonical form in which byte strings of this kind are stored and compared. */
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

/** Converts ASCII letters to lower case; other bytes are unchanged, so that UTF-8 sequences stay intact. */
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

/** Continent codes by English name: dashboards show the names, rules contain the codes. */
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
