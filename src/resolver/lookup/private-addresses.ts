/**
 * Addresses a public name must not resolve to: else any zone could point a client at the gateway's own networks (DNS
 * rebinding). From the IANA special-purpose registries (RFC 6890); documentation addresses are harmless and pass.
 */
import { type Address, type Prefix, parsePrefix, prefixContains } from '../../wire/address.ts';

const PRIVATE = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '::/96',
  '64:ff9b:1::/48',
  '2001:2::/48',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
].map(knownPrefix);

/** No single host can have these, but their reverse trees are public. */
const NOT_UNICAST = ['224.0.0.0/4', '240.0.0.0/4', 'ff00::/8'].map(knownPrefix);

/** IPv6 prefixes that embed an IPv4 address: mapped, NAT64 (RFC 6052), 6to4 (RFC 3056). */
const EMBEDDINGS = [
  { prefix: knownPrefix('::ffff:0:0/96'), at: 12 },
  { prefix: knownPrefix('64:ff9b::/96'), at: 12 },
  { prefix: knownPrefix('2002::/16'), at: 2 },
];

export interface AddressRules {
  readonly allowPrivate: readonly Prefix[];
  readonly refused: readonly Prefix[];
}

/** Whether a name must not resolve to the address; an IPv4 address embedded in an IPv6 one is checked as well. */
export function isRefusedAddress(address: Address, rules: AddressRules): boolean {
  if (isInside(address, rules.refused)) return true;
  if (isInside(address, rules.allowPrivate)) return false;
  if (isInside(address, PRIVATE) || isInside(address, NOT_UNICAST)) return true;
  const embedding = EMBEDDINGS.find(({ prefix }) => prefixContains(prefix, address));
  return embedding !== undefined && isRefusedAddress(address.slice(embedding.at, embedding.at + 4), rules);
}

/** Whether all addresses of the prefix are private, so that asking upstreams about them would only leak (RFC 6303). */
export function isPrivatePrefix(prefix: Prefix, allowPrivate: readonly Prefix[]): boolean {
  return isCovered(prefix, PRIVATE) && !isCovered(prefix, allowPrivate);
}

/** Whether one of `prefixes` contains the whole of `prefix`. */
export function isCovered(prefix: Prefix, prefixes: readonly Prefix[]): boolean {
  return prefixes.some((wide) => wide.length <= prefix.length && prefixContains(wide, prefix.address));
}

function isInside(address: Address, prefixes: readonly Prefix[]): boolean {
  return prefixes.some((prefix) => prefixContains(prefix, address));
}

function knownPrefix(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new SyntaxError(`Cannot read prefix: '${text}'`);
  return prefix;
}
