/** Host names in the form used on the wire: A-labels (RFC 5890 section 2.3.2.1), in lower case, without the trailing dot. */
import { domainToASCII } from 'node:url';
import { canonicalText, isAscii } from './text-value.ts';

/** The name with its non-ASCII labels converted to A-labels (`xn--`); undefined if it cannot be converted. */
export function toAsciiName(name: string): string | undefined {
  const ascii = isAscii(name) ? name : domainToASCII(name);
  return ascii === '' ? undefined : canonicalText(ascii, 'name');
}

/** The name itself and all its parent domains except the root, longest first: the value of `net.fqdn.domains`. */
export function domainsOf(name: string): readonly string[] {
  const labels = name.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}
