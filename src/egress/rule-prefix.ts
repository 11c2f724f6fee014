/** The IPv6 range of a rule's egress setting: published samples have host bits set (`2001:db8::c61/64`), which do not count. */
import { familyOf, maskAddress, type Prefix, parseAddress, parsePrefix } from '../wire/address.ts';

/** The prefix the text spells, host bits cleared; undefined when it is not an IPv6 prefix. */
export function parseRulePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (address === undefined || familyOf(address) === 4) return undefined;
  const length = parsePrefix(`::${slash === -1 ? '' : text.slice(slash)}`)?.length;
  return length === undefined ? undefined : { address: maskAddress(address, length), length };
}
