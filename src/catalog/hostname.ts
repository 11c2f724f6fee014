/** Host names as the catalogue keeps them: lower case, ASCII (RFC 5890 A-labels), no trailing dot. */
import { domainToASCII } from 'node:url';

/** RFC 1035 section 2.3.4, as text without the trailing dot. */
const MOST_CHARACTERS = 253;
/** One expression for all labels: lists of a million names are read with it. No label starts or ends with a hyphen. */
const NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.(?=.)|$))+$/;

/** The name the text spells, or undefined when it is none: wildcards, addresses with colons, schemes, empty labels. */
export function parseHostname(text: string): string | undefined {
  const plain = /[^\x21-\x7e]/.test(text) ? toAscii(text) : text;
  const name = foldHostname(plain);
  return name.length <= MOST_CHARACTERS && NAME.test(name) ? name : undefined;
}

/** The same for a name that is known to be one, such as the name of a DNS question. */
export function foldHostname(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

/** `domainToASCII` reads a URL's host, so what is special there must not reach it. */
function toAscii(text: string): string {
  return /[\s%/?#@:[\]\\]/.test(text) ? '' : domainToASCII(text);
}
