/** Hostnames in the catalogue's canonical form: lower case, ASCII (A-labels, RFC 5890), no trailing dot. */
import { domainToASCII } from 'node:url';

/** Maximum length (RFC 1035 section 2.3.4), in text form without the trailing dot. */
const MOST_CHARACTERS = 253;
/** One expression for all labels, because lists have millions of names. No label begins or ends with a hyphen. */
const NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.(?=.)|$))+$/;

/** Parses a hostname; undefined for anything else, such as wildcards, addresses with colons, URLs and empty labels. */
export function parseHostname(text: string): string | undefined {
  const plain = /[^\x21-\x7e]/.test(text) ? toAscii(text) : text;
  const name = foldHostname(plain);
  return name.length <= MOST_CHARACTERS && NAME.test(name) ? name : undefined;
}

/** Normalises a name that is known to be valid, such as the name of a DNS question. */
export function foldHostname(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

/** `domainToASCII` parses the host of a URL, so characters that are special there are excluded. */
function toAscii(text: string): string {
  return /[\s%/?#@:[\]\\]/.test(text) ? '' : domainToASCII(text);
}
