/**
 * Prefixes that are not globally reachable and that networks use internally, from the IANA special-purpose address registries
 * (RFC 6890). Shared by the guard, which lets nothing leave an uplink towards them, and the resolver, which refuses public names
 * that resolve to them; each adds what only it needs.
 */
import { type Prefix, parsePrefix } from './address.ts';

export const LOOPBACK: readonly Prefix[] = prefixesOf('127.0.0.0/8', '::1/128');

/**
 * Private (RFC 1918), shared (RFC 6598), loopback, link-local, unique local (RFC 4193), and site-local, which nobody should route
 * (RFC 3879 section 4).
 */
export const INTERNAL_IPV4: readonly Prefix[] = prefixesOf(
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
);
export const INTERNAL_IPV6: readonly Prefix[] = prefixesOf('fc00::/7', 'fe80::/10', 'fec0::/10');

/** Parses prefixes written in the source. Throws SyntaxError for a text that is not a prefix. */
export function prefixesOf(...texts: readonly string[]): Prefix[] {
  return texts.map((text) => {
    const prefix = parsePrefix(text);
    if (prefix === undefined) throw new SyntaxError(`Cannot read '${text}': it is not a prefix`);
    return prefix;
  });
}
