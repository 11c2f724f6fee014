/** Host names in the form the wire has them: A-labels (RFC 5890 section 2.3.2.1), lower case, no trailing dot. */
import { domainToASCII } from 'node:url';
import { canonicalText, isAscii } from './text-value.ts';

/** The name with its non-ASCII labels in `xn--` form, or undefined when it cannot be so written. */
export function toAsciiName(name: string): string | undefined {
  const ascii = isAscii(name) ? name : domainToASCII(name);
  return ascii === '' ? undefined : canonicalText(ascii, 'name');
}

/** The name itself and all its parents, the longest first: what `net.fqdn.domains` holds. */
export function domainsOf(name: string): readonly string[] {
  const labels = name.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}
